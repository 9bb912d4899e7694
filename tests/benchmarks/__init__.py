"""How fast the library is, beside what a user would pick instead and beside the least that the work can cost.

    python -m tests.benchmarks                      all workloads, from the repository root
    python -m tests.benchmarks mlp --quick          one of them, in a short form
    python -m tests.benchmarks --threads 2          with two threads for everybody
    python -m tests.benchmarks --json results.json  the figures for a program

A workload is a file in `workloads/` with a function `measure(quick)` that yields rows (`timing.Row`);
adding the file adds the workload. Each runs in a process of its own, with the threads of BLAS and of
the peers pinned to the same number before any of them is loaded.

Beside ours stand PyTorch, JAX (compiled), HIPS autograd and MyGrad, each where it is installed (the extra
`bench`); the same step written by hand in NumPy, which is the practical limit; and the matrix products
of the step alone, which are the hard limit. All have the same weights and batches, in float32, and the
same losses: that is required before anything is timed.

Contestants take turns in one process, and what counts is the ratio within each turn: the machine
may slow down or speed up meanwhile, but it does so for all. Each line but ours says how long we take as
a multiple of what that contestant takes: the median over the turns, and the quartiles.
"""
