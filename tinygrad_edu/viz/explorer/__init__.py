"""One page on which a backward pass is stepped through.

Read `recording` (what a page is told; `arrays`, `local`, `differences` and `groups` are its parts).
"""
