"""How fast the library is, beside hand-written NumPy and, where it is installed, PyTorch.

    python -m tests.benchmarks                      all workloads, from the repository root
    python -m tests.benchmarks mlp --quick          one of them, in a short form
    python -m tests.benchmarks --json results.json  the figures for a program

A workload is a file in `workloads/` with a function `measure(quick)` that yields rows (`timing.Row`);
adding the file adds the workload. Each runs in a process of its own, with the threads of BLAS and of
PyTorch pinned to the same number before either is loaded.

Contestants take turns in one process, and what counts is the ratio within each turn: the machine
may slow down or speed up meanwhile, but it does so for all. Given are medians and quartiles.
"""
