"""Rules that a program calls whole: they walk through tables, windows or time steps, and would not read well."""

OPAQUE = {
    "conv2d", "conv2d_input", "conv2d_weight", "attention", "lstm", "gru", "rnn", "erf", "erfc", "gelu",
}  # fmt: skip
