"""Mutation testing of the backward rules: `python -m tests.mutation`.

Every pullback in `tinygrad_edu/ops`, and every helper that pullbacks call, is changed in every way that
`mutants.py` knows, one at a time: a plus becomes a minus, a sine a cosine, a comparison takes its bound in, a
result changes its sign. Each such mutant must be noticed by the checks that the test suite runs on the
operations. One that is not either shows what the samples do not cover (then `tests/ops/test_corners.py` or
`test_conventions.py` gets a case), or changes no result (then `explained.py` says why).
"""
