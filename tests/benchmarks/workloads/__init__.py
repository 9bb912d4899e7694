"""One file for each workload; each has a function `measure(quick)` that yields rows."""
