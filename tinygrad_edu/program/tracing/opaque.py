"""Rules that a program calls whole: they walk through tables, windows or time steps, and would not read well."""

OPAQUE = {
    "add_windows", "attention", "convolution", "convolution_input", "convolution_weight", "ctc_loss", "cut_windows",
    "erf", "erfc", "gelu", "gru", "lstm", "max_pool", "put_diagonal", "put_in_windows", "rnn", "take_from_windows",
}  # fmt: skip
