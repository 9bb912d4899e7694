// Numbers as text: short where they are looked at, exact where they are read.

const MINUS = "\u2212";
const EPSILON = { float16: 2 ** -10, float32: 2 ** -23, float64: 2 ** -52 };
const ROUNDINGS = 16; // as many errors of rounding are taken for nothing
const DIGITS = 4; // significant ones of a number, as a rule

// All the digits that it takes to tell a number from its neighbours.
function exact(x, dtype) {
  if (typeof x === "bigint") return String(x);
  if (dtype === "bool") return x ? "True" : "False";
  if (Number.isNaN(x)) return "NaN";
  if (!Number.isFinite(x)) return x > 0 ? "infinity" : "-infinity";
  if (Object.is(x, -0)) return "-0";
  if (dtype !== "float32" && dtype !== "float16") return String(x);
  for (let digits = 1; digits < 10; digits++) {
    const text = String(Number(x.toPrecision(digits)));
    if (Math.fround(Number(text)) === x) return text;
  }
  return String(x);
}

// A few digits, but never so few that a number looks like a much shorter one: -0.99999 is not -1. As in
// `tensors/numbers.py`.
function short(x, dtype) {
  if (x === undefined) return "?";
  if (x === 0) return "0"; // -0 as well
  const text = typeof x === "number" && Number.isFinite(x) && dtype in EPSILON ? shortFloat(x, dtype) : exact(x, dtype);
  return text
    .replace("-infinity", MINUS + "inf")
    .replace("infinity", "inf")
    .replace(/-/g, MINUS);
}

function shortFloat(x, dtype) {
  if (Math.abs(x) < 1e-4 && x !== 0) return scientific(x);
  const whole = Math.min(Math.ceil(Math.log10(Math.abs(x) || 1)), 7);
  for (let digits = Math.max(DIGITS, whole); digits < 18; digits++) {
    const text = String(Number(x.toPrecision(digits)));
    const close = Math.abs(Number(text) - x) <= ROUNDINGS * EPSILON[dtype] * Math.abs(x);
    if (close || significant(text) > DIGITS / 2) return text;
  }
  return String(x);
}

// What is known to a few digits only, such as a slope by finite differences.
function rounded(x) {
  return short(Number(x.toPrecision(DIGITS)), "float64");
}

function scientific(x) {
  const [digits, exponent] = x.toExponential(DIGITS - 1).split("e");
  return `${Number(digits)}e${exponent}`;
}

// How many digits there are between the first and the last that is not 0.
function significant(text) {
  return text
    .split("e")[0]
    .replace(/[-.]/g, "")
    .replace(/^0+|0+$/g, "").length;
}

function shapeText(shape) {
  return shape.length === 1 ? plural(shape[0], "number") : shape.length ? shape.join(" \u00d7 ") : "";
}

function indexText(position, shape) {
  return shape.length ? `[${indexOf(position, shape).join(", ")}]` : "";
}

function plural(n, one, many = one + "s") {
  return `${n} ${n === 1 ? one : many}`;
}
