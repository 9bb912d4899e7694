// Making elements. Text comes in as text, never as markup, whatever it holds.

const SVG = "http://www.w3.org/2000/svg";
const MATHML = "http://www.w3.org/1998/Math/MathML";

function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

// The elements and attributes that formulas are made of; anything else in one becomes text.
const MATH_ELEMENTS = new Set([
  ...["math", "mrow", "mi", "mn", "mo", "mtext", "mspace", "ms", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup"],
  ...["munder", "mover", "munderover", "mtable", "mtr", "mtd", "mstyle"],
]);
const MATH_ATTRIBUTES = new Set(["mathvariant", "displaystyle", "alttext", "class", "lspace", "rspace", "width"]);

const LONG = 60; // letters of a formula that is no headline any more

// A formula as mathematics, or as a line of text where that cannot be had.
// A long one is text, which can be broken into lines.
function mathematics(formula) {
  const room = formula.kind === "mathematics" ? 60 : 42; // letters
  if (!formula.mathml || formula.text.length > room)
    return element("span", { class: `formula${formula.text.length > LONG ? " long" : ""}` }, formula.text);
  const parsed = new DOMParser().parseFromString(formula.mathml, "text/xml").documentElement;
  if (parsed.localName !== "math") return element("span", { class: "formula" }, formula.text);
  const shown = copyMath(parsed);
  shown.setAttribute("aria-hidden", "true"); // few screen readers know mathematics; all of them read a line
  return element("span", { class: "formula" }, shown, element("span", { class: "hidden" }, formula.text));
}

// Show the formula of a heading as text where it is wider than its place.
function keepInside(heading) {
  const formula = heading.querySelector(".formula:has(math)");
  formula?.classList.remove("flat");
  formula?.classList.toggle("flat", heading.scrollWidth > heading.clientWidth);
}

function copyMath(node) {
  if (node.nodeType === Node.TEXT_NODE) return document.createTextNode(node.data);
  if (!MATH_ELEMENTS.has(node.localName)) return document.createTextNode(node.textContent);
  const copy = document.createElementNS(MATHML, node.localName);
  for (const { name, value } of node.attributes) if (MATH_ATTRIBUTES.has(name)) copy.setAttribute(name, value);
  copy.append(...[...node.childNodes].map(copyMath));
  return copy;
}

// Icons, drawn rather than typed, so that no font needs to have them.
const ICONS = {
  first: "M6 5v14M19 5l-9 7 9 7z",
  back: "M16 5l-9 7 9 7z",
  play: "M8 5l11 7-11 7z",
  pause: "M8 5v14M16 5v14",
  forward: "M8 5l9 7-9 7z",
  last: "M18 5v14M5 5l9 7-9 7z",
  smaller: "M6 12h12",
  larger: "M6 12h12M12 6v12",
};

function icon(name) {
  const shape = svg("path", { d: ICONS[name] });
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" }, shape);
}
