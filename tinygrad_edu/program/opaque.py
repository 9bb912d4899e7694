"""Rules that a program calls whole: they walk through tables, windows or time steps, and would not read well."""

OPAQUE = {
    "attention", "conv2d", "conv2d_input", "conv2d_weight", "erf", "erfc", "fold2d", "gelu", "gru", "lstm",
    "max_pool2d", "put_diagonal", "put_in_windows", "rnn", "take_from_windows", "unfold2d",
}  # fmt: skip
