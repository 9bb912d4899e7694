// Lines of numbers: what the element at hand is made of, how the sum grows, what finite differences say.

const TERMS = 4; // of a sum, as many are written out

function elementName(tensor, position) {
  return nameOf(tensor) + indexText(position, tensors[tensor].shape);
}

function gradientOf(tensor, position) {
  return gradientName(tensor) + indexText(position, tensors[tensor].shape);
}

function number(x, dtype, kind = "number") {
  return element("span", { class: kind, title: x === undefined ? "" : exact(x, dtype) }, short(x, dtype));
}

function sign(text) {
  return element("span", { class: "sign" }, ` ${text} `);
}

// A negative number that follows a sign stands in brackets.
function factor(x, dtype, kind) {
  return Number(x) < 0 ? ["(", number(x, dtype, kind), ")"] : [number(x, dtype, kind)];
}

// upstream × local = share, for one element: one product, or the sum of several.
function shareLine(visit, share, position) {
  const result = arrayAt(share.array).get(position);
  const { dtype } = arrayAt(share.array);
  const left = [element("span", { class: "what" }, `share of ${elementName(share.tensor, position)}`), sign("=")];
  const end = result === undefined ? [] : [sign("="), number(result, dtype, "number result")];
  const found = termsOf(visit, share, position);
  if (!found)
    return [
      ...left,
      result === undefined ? "not in the page" : number(result, dtype, "number result"),
      unknownTerms(share),
    ];
  const { terms, more, rest } = shortened(found);
  if (!terms.length)
    return [
      ...left,
      number(0, dtype, "number result"),
      element("span", { class: "note" }, " (nothing of the output depends on it)"),
    ];
  const { dtype: upstream } = arrayAt(visit.grad);
  const products = terms.flatMap((term, i) => [
    ...(i ? [sign("+")] : []),
    ...factor(term.g, upstream, "number upstream"),
    sign("\u00d7"),
    ...factor(term.local, dtype, "number local"),
  ]);
  const others = more
    ? [
        sign("+"),
        element("span", { class: "note" }, `${plural(more, "smaller term")}, together `),
        ...factor(rest, dtype),
      ]
    : [];
  return [...left, ...products, ...others, ...end];
}

// What an element of the upstream gradient is the sum of.
function upstreamLine(visit, output, position) {
  const g = arrayAt(visit.grad);
  const from = sharesOf[output];
  const result = [
    element("span", { class: "what" }, `${gradientOf(output, position)} = `),
    number(g.get(position), g.dtype, "number upstream"),
  ];
  if (!from.length) return [...result, ", the seed"];
  const sender = ({ step }) => nameOf(operations[steps[step].operation].output);
  if (from.length === 1) return [...result, `, the share that ${sender(from[0])} sent`];
  if (from.length > 6) return [...result, `, the sum of ${from.length} shares`];
  const parts = from.flatMap((one, i) => [
    i ? " + " : ": ",
    ...factor(arrayAt(one.share.array).get(position), g.dtype),
    ` from ${sender(one)}`,
  ]);
  return [...result, `, the sum of ${from.length} shares`, ...parts];
}

// What is said of an element whose terms the page does not have.
function unknownTerms({ local, tensor }) {
  const words = local
    ? ` (only the sum of ${elementName(tensor, local.shown)} is in the page term by term)`
    : " (its terms are not in the page)";
  return element("span", { class: "note" }, words);
}

// The largest terms, in their order, and the sum of the others.
function shortened({ terms, more, rest }) {
  if (terms.length <= TERMS + 1) return { terms, more, rest };
  const size = ({ g, local }) => Math.abs(Number(g) * Number(local));
  const largest = new Set([...terms].sort((a, b) => size(b) - size(a)).slice(0, TERMS));
  const others = terms.filter((term) => !largest.has(term));
  const sum = others.reduce((total, { g, local }) => total + Number(g) * Number(local), rest);
  return { terms: terms.filter((term) => largest.has(term)), more: more + others.length, rest: sum };
}

// What the legend under a line says: which numbers came from above, and which the operation has.
function lineKey() {
  return element(
    "p",
    { class: "key" },
    element("span", { class: "number upstream" }, "upstream gradient"),
    sign("\u00d7"),
    element("span", { class: "number local" }, "local derivative"),
    sign("="),
    element("span", { class: "number result" }, "share"),
  );
}

// The running sum at a tensor that several shares come to.
function sumLine(share, position) {
  const all = sharesOf[share.tensor];
  const { dtype } = arrayAt(share.sum);
  const come = share.number + 1;
  if (all.length === 1) return [`The only share: it is all of ${gradientName(share.tensor)}.`];
  const words = `${come} of ${all.length} shares ${come === 1 ? "has" : "have"} come. `;
  const now = arrayAt(share.sum).get(position);
  const before = share.number ? arrayAt(all[share.number - 1].share.sum).get(position) : null;
  const added = arrayAt(share.array).get(position);
  const sum =
    before === null
      ? [number(added, dtype, "number result")]
      : [...factor(before, dtype), sign("+"), ...factor(added, dtype, "number result"), sign("="), number(now, dtype)];
  return [words, element("span", { class: "what" }, `${gradientOf(share.tensor, position)} so far = `), ...sum];
}

const VERDICTS = {
  right: ["agrees", "The two agree."],
  wrong: [
    "differs",
    "The two differ. Either this operation's way back is wrong, or it means something else than the slope.",
  ],
  kink: [
    "kink",
    "There is a kink here: to its two sides the slope differs, and the gradient is one choice among them.",
  ],
  jump: ["kink", "The value jumps here, so it has no slope."],
  edge: ["kink", "Nearby the value is not finite, so there is no slope to compare with."],
};

// What finite differences say about the gradient of an element, once it is complete.
function checkLine(tensor, position) {
  const found = tensors[tensor].checks.find(([at]) => at === position);
  if (!found) return null;
  const [, slope, verdict] = found;
  const [kind, words] = VERDICTS[verdict];
  const { grad, dtype } = tensors[tensor];
  const wiggle = `Check: with ${elementName(tensor, position)} a little changed, L changes about `;
  const times = () => [wiggle, element("span", { class: "number" }, rounded(slope)), " times as much; "];
  const own = [`${gradientOf(tensor, position)} is `, number(arrayAt(grad).get(position), dtype), ". "];
  return element(
    "p",
    { class: `check ${kind}` },
    element("span", { class: "dot", "aria-hidden": "true" }),
    slope === null ? "Check: " : times(),
    own,
    words,
  );
}

// The element at hand of the output of an operation, from those of its inputs.
function valueLine(operation, position) {
  const { inputs, output, product } = operation;
  const value = arrayAt(tensors[output].value);
  if (!value) return null;
  const result = [sign("="), number(value.get(position), value.dtype, "number result")];
  const left = element("span", { class: "what" }, elementName(output, position));
  const arrays = inputs.map((i) => arrayAt(tensors[i].value));
  if (product && arrays.every((array) => array && array.whole)) {
    const found = shortened({ terms: productTerms(operation, arrays, position), more: 0, rest: 0 });
    const terms = found.terms.flatMap(({ g, local }, i) => [
      ...(i ? [sign("+")] : []),
      ...factor(g, arrays[0].dtype),
      sign("\u00d7"),
      ...factor(local, arrays[1].dtype),
    ]);
    const others = found.more
      ? [
          sign("+"),
          element("span", { class: "note" }, `${plural(found.more, "smaller term")}, together `),
          ...factor(found.rest, value.dtype),
        ]
      : [];
    const bias = arrays
      .slice(2)
      .flatMap((array) => [sign("+"), ...factor(array.get(position % array.size), array.dtype)]);
    return [left, sign("="), ...terms, ...others, ...bias, ...result];
  }
  const parts = inputs.map((input, i) => alignedElement(input, arrays[i], position, value.shape));
  if (parts.some((part) => part === null)) return [left, ...result];
  return [...parts.flatMap((part, i) => [...(i ? [", "] : []), ...part]), sign("gives"), left, ...result];
}

// An input's element that meets the output's, where the input can be repeated to the output's shape.
function alignedElement(input, array, position, shape) {
  if (!array || array.shape.length > shape.length) return null;
  const fits = array.shape.every((n, axis) => n === 1 || n === shape[axis + shape.length - array.shape.length]);
  if (!fits) return null;
  const at = narrowed(position, shape, array.shape);
  const known = array.get(at);
  if (known === undefined) return null;
  if (tensors[input].kind === "constant" && array.size === 1) return [number(known, array.dtype)];
  return [element("span", { class: "what" }, elementName(input, at)), sign("="), number(known, array.dtype)];
}

// Of a matrix product: the row and the column that meet in an element of the output.
function productTerms({ product }, [a, b], position, shape = null) {
  const [left, right] = product;
  const output = product[product.length - 1];
  const sizes = new Map();
  [...left].forEach((letter, axis) => sizes.set(letter, a.shape[axis]));
  [...right].forEach((letter, axis) => sizes.set(letter, b.shape[axis]));
  const index = indexOf(position, shape ?? [...output].map((letter) => sizes.get(letter)));
  const fixed = new Map([...output].map((letter, axis) => [letter, index[axis]]));
  return everyIndex(fixed, sizes).map((place) => {
    const at = positionOf(
      [...left].map((letter) => place.get(letter)),
      a.shape,
    );
    const from = positionOf(
      [...right].map((letter) => place.get(letter)),
      b.shape,
    );
    return { at, from, g: a.get(at), local: b.get(from) };
  });
}
