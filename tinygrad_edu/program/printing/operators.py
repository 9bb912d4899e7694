"""The operators and methods that stand for NumPy's functions, and how tightly they hold together."""

COMPARISON, OR, XOR, AND, SHIFT, SUM, PRODUCT, SIGN, POWER, ATOM = range(10)
"""How tightly an expression holds together, from the loosest: Python's own levels."""

BINARY = {
    "add": ("+", SUM),
    "subtract": ("-", SUM),
    "sub": ("-", SUM),
    "multiply": ("*", PRODUCT),
    "mul": ("*", PRODUCT),
    "divide": ("/", PRODUCT),
    "truediv": ("/", PRODUCT),
    "floor_divide": ("//", PRODUCT),
    "floordiv": ("//", PRODUCT),
    "remainder": ("%", PRODUCT),
    "mod": ("%", PRODUCT),
    "matmul": ("@", PRODUCT),
    "greater": (">", COMPARISON),
    "gt": (">", COMPARISON),
    "greater_equal": (">=", COMPARISON),
    "ge": (">=", COMPARISON),
    "less": ("<", COMPARISON),
    "lt": ("<", COMPARISON),
    "less_equal": ("<=", COMPARISON),
    "le": ("<=", COMPARISON),
    "equal": ("==", COMPARISON),
    "eq": ("==", COMPARISON),
    "not_equal": ("!=", COMPARISON),
    "ne": ("!=", COMPARISON),
    "bitwise_and": ("&", AND),
    "bitwise_or": ("|", OR),
    "bitwise_xor": ("^", XOR),
    "left_shift": ("<<", SHIFT),
    "right_shift": (">>", SHIFT),
}
OF_BOOLEANS = {"logical_and": ("&", AND), "logical_or": ("|", OR), "logical_xor": ("^", XOR)}
COMMUTES = {"add", "multiply", "mul", "bitwise_and", "bitwise_or", "bitwise_xor"}
REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}
AS_METHODS = {
    "sum", "prod", "max", "min", "amax", "amin", "mean", "cumsum", "cumprod", "argmax", "argmin", "reshape", "ravel",
    "swapaxes", "squeeze", "copy", "repeat", "any", "all", "argsort", "take",
}  # fmt: skip
