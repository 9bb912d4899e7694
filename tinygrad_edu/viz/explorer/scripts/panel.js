// The panel: what happens in this step, and why.

const panel = document.getElementById("panel");
let refresh = []; // what shows another element, when one is chosen

function showPanel() {
  refresh = [];
  redrawn = [];
  const { kind, operation, visit } = steps[state.step];
  const body = kind === "forward" ? forwardBody(operations[operation])
    : kind === "backward" ? backwardBody(visits[visit])
    : kind === "seed" ? seedBody() : endBody();
  panel.replaceChildren(
    element("p", { class: `phase ${kind}` }, phaseText(state.step)),
    element("h2", {}, heading(kind, operation)),
    element("p", { class: "reason" }, reason(state.step)),
    operation === undefined ? "" : whereBlock(operations[operation]),
    ...body,
  );
  panel.scrollTop = 0;
  refreshPanel();
}

function refreshPanel() {
  for (const show of refresh) show();
}

function heading(kind, operation) {
  if (kind === "forward") return mathematics(operations[operation].formula);
  if (kind === "backward") return ["Back through ", element("span", { class: "op" }, operations[operation].op), ", which made ", element("span", { class: "name" }, nameOf(operations[operation].output))];
  return kind === "seed" ? `${gradientName(page.root)} = 1` : "All gradients are there";
}

// The reader's own line, the modules, and the parameters.
function whereBlock({ place, group, params, op }) {
  const path = pathOf(group).map((i) => groups[i]).filter((g) => g.kind);
  const lines = [
    place && element("p", { class: "line" }, element("span", { class: "file" }, `${place[0]}:${place[1]}`), element("code", {}, element("bdi", {}, place[2]))),
    path.length ? element("p", { class: "module" }, "in ", path.map((g, i) => [i ? " / " : "", element("bdi", {}, g.name), g.kind && g.kind !== g.name ? ` (${g.kind})` : ""]).flat()) : null,
    params.length ? element("p", { class: "module" }, `${op} with `, params.join(", ")) : null,
  ].filter(Boolean);
  return lines.length ? element("div", { class: "where" }, lines) : "";
}

function show(array, options) {
  if (!array) return { node: element("p", { class: "note" }, `${options.title}: written over in place since, so its numbers are gone.`), mark() {} };
  const made = figure(array, { name: options.title, ...options });
  redrawn.push(made.draw);
  return made;
}

function paragraph(className, make) {
  const node = element("p", { class: className });
  refresh.push(() => {
    const parts = make();
    node.replaceChildren(...(parts ?? []).flat());
    node.hidden = !parts;
  });
  return node;
}

function forwardBody(operation) {
  const { inputs, output } = operation;
  const result = arrayAt(tensors[output].value);
  const position = () => chosenOf(output);
  const choices = (input) => (at) => chooseMeeting(operation, input, at);
  const seen = inputs.filter((input) => !inFormula(input)); // a bare number is read in the formula
  const figures = seen.map((input) => show(arrayAt(tensors[input].value), { title: nameOf(input), pick: choices(input) }));
  const made = show(result, { title: nameOf(output), kind: "result", pick: (at) => choose(output, at) });
  refresh.push(() => {
    made.mark([position()]);
    const met = result ? meeting(operation, position()) : inputs.map(() => []);
    figures.forEach((one, i) => one.mark(met[inputs.indexOf(seen[i])]));
  });
  const row = figures.map((one, i) => (i ? term(",", one.node) : one.node));
  const line = paragraph("numbers", () => valueLine(operation, position()));
  return [element("div", { class: "equation" }, row, term("\u2192", made.node)), chooser(output), line];
}

// A sign and what follows it, which stay on one line.
function term(text, node) {
  return element("div", { class: "term" }, element("span", { class: "joint", "aria-hidden": "true" }, text), node);
}

// For each input, the elements that meet in an element of the output, as far as that is known.
function meeting({ inputs, output, product }, position) {
  const shape = tensors[output].shape;
  const arrays = inputs.map((i) => arrayAt(tensors[i].value));
  if (product && inputs.length >= 2 && arrays[0] && arrays[1]) {
    const terms = productTerms({ product }, arrays, position, shape);
    return inputs.map((_, i) => (i === 0 ? terms.map(({ at }) => at) : i === 1 ? terms.map(({ from }) => from) : [indexOf(position, shape)[shape.length - 1]]));
  }
  return arrays.map((array) => {
    const fits = array && array.shape.length <= shape.length && array.shape.every((n, axis) => n === 1 || n === shape[axis + shape.length - array.shape.length]);
    return fits ? [narrowed(position, shape, array.shape)] : [];
  });
}

// Choose an element of the output that an element of an input takes part in.
function chooseMeeting(operation, input, at) {
  const { output } = operation;
  const size = count(tensors[output].shape);
  const slot = operation.inputs.indexOf(input);
  if (size > 5000) return;
  for (let position = 0; position < size; position++) {
    if (meeting(operation, position)[slot].includes(at)) return choose(output, position);
  }
}

function seedBody() {
  const seed = arrayAt(page.seed);
  const made = show(seed, { title: gradientName(page.root), kind: "result" });
  const check = checkLine(page.root, chosenOf(page.root));
  return [element("div", { class: "equation" }, made.node), check ?? ""];
}

function endBody() {
  const leaves = tensors.map((tensor, i) => ({ tensor, i })).filter(({ tensor }) => tensor.kind === "parameter" && tensor.grad !== null);
  return leaves.slice(0, 50).map(({ tensor, i }) => {
    const value = show(arrayAt(tensor.value), { title: nameOf(i), pick: (at) => choose(i, at) });
    const gradient = show(arrayAt(tensor.grad), { title: gradientName(i), kind: "result", pick: (at) => choose(i, at) });
    refresh.push(() => [value, gradient].forEach((one) => one.mark([chosenOf(i)])));
    const check = paragraph("checks", () => [checkLine(i, chosenOf(i)) ?? ""]);
    return element("section", { class: "share" }, element("h3", {}, element("span", { class: "name" }, nameOf(i))),
      element("div", { class: "equation" }, value.node, gradient.node), chooser(i), check);
  });
}

function backwardBody(visit) {
  const operation = operations[visit.operation];
  const { output } = operation;
  const came = paragraph("numbers", () => upstreamLine(visit, output, chosenOf(output)));
  const check = paragraph("checks", () => [checkLine(output, chosenOf(output)) ?? ""]);
  const none = operation.inputs.filter((input) => tensors[input].grad === null).map(nameOf);
  const silent = none.length ? [element("p", { class: "note" }, `No gradient goes to ${listed(unique(none))}: ${none.length > 1 ? "they need" : "it needs"} none.`)] : [];
  return [
    element("section", { class: "came" }, element("h3", {}, "The upstream gradient, ", element("span", { class: "name" }, gradientName(output))), came, check),
    ...visit.shares.map((share) => shareSection(visit, share)),
    ...silent,
  ];
}

// Point at an element of the upstream gradient: of each input, choose an element that takes from it.
function chooseUpstream(visit, at) {
  state.chosen.set(operations[visit.operation].output, at);
  for (const share of visit.shares) {
    const position = elementFrom(visit, share, at);
    if (position !== null) state.chosen.set(share.tensor, position);
  }
  state.last = operations[visit.operation].output;
  tell("element");
}

function shareSection(visit, share) {
  const operation = operations[visit.operation];
  const title = `share of ${nameOf(share.tensor)}`;
  const repeated = share.raw !== share.array && String(arrayAt(share.raw).shape) !== String(arrayAt(share.array).shape);
  const position = () => chosenOf(share.tensor);
  const pick = (at) => choose(share.tensor, at);
  const pickCopy = (c) => pick(narrowed(c, arrayAt(share.raw).shape, arrayAt(share.array).shape));
  const raw = repeated ? show(arrayAt(share.raw), { title: `${title}, each copy`, kind: "copies", pick: pickCopy }) : null;
  const result = show(arrayAt(share.array), { title, kind: repeated ? "result gathered" : "result", pick });
  const { nodes, equals, mark } = factors(visit, share);
  refresh.push(() => {
    result.mark([position()]);
    raw?.mark(copiesOf(position(), arrayAt(share.array).shape, arrayAt(share.raw).shape));
    mark(position());
  });
  const last = raw ? [term(equals, raw.node), term("\u2192", result.node)] : [term(equals, result.node)];
  const equation = element("div", { class: "equation" }, ...nodes, ...last);
  const line = paragraph("numbers", () => shareLine(visit, share, position()));
  const sum = paragraph("sum", () => sumLine(share, position()));
  const complete = share.number + 1 === sharesOf[share.tensor].length;
  const check = complete ? paragraph("checks", () => [checkLine(share.tensor, position()) ?? ""]) : "";
  return element("section", { class: "share" },
    element("h3", {}, share.formula ? mathematics(share.formula) : title),
    equation, repeated ? copiesText(share) : "", chooser(share.tensor), line, share === visit.shares[0] ? lineKey() : "", sumBar(share), sum, check,
    element("p", { class: "note" }, goesTo(operation, share)));
}

// The two factors of a share: the upstream gradient, and the local derivative or what stands for it.
function factors(visit, share) {
  const { local } = share;
  const output = operations[visit.operation].output;
  const g = show(arrayAt(visit.grad), { title: gradientName(output), kind: "upstream", pick: (at) => chooseUpstream(visit, at) });
  if (!local || local.kind === "element") return { nodes: [g.node], equals: "\u2192", mark() {} };
  const other = local.kind === "product" && local.other !== null ? operations[visit.operation].inputs[local.other] : null;
  const shown = local.kind === "gather" ? { array: arrayAt(local.local), title: "local derivative" }
    : other !== null ? { array: arrayAt(tensors[other].value), title: nameOf(other) } : null;
  const second = shown && show(shown.array, { title: shown.title, kind: "local" });
  const mark = (position) => {
    const found = termsOf(visit, share, position);
    g.mark(found.terms.map(({ at }) => at));
    second?.mark(found.terms.map(({ from }) => from));
  };
  return second ? { nodes: [g.node, term("\u00d7", second.node)], equals: "=", mark } : { nodes: [g.node], equals: "\u2192", mark };
}

function copiesText(share) {
  const from = arrayAt(share.array).shape;
  const to = arrayAt(share.raw).shape;
  const times = count(to) / count(from);
  const what = from.length ? `${nameOf(share.tensor)} (${shapeText(from)})` : `${nameOf(share.tensor)}, one number,`;
  return element("p", { class: "note" }, `${what} was repeated ${times} times to meet ${shapeText(to)}. Each copy gets a share, and its own is their sum.`);
}

function sumBar(share) {
  const all = sharesOf[share.tensor].length;
  if (all < 2 || all > 40) return "";
  const dots = range(0, all).map((i) => element("span", { class: i < share.number ? "came" : i === share.number ? "came now" : "" }));
  return element("div", { class: "bar", "aria-hidden": "true" }, dots);
}

function goesTo(operation, share) {
  const { kind } = tensors[share.tensor];
  const complete = share.number + 1 === sharesOf[share.tensor].length;
  if (madeBy.has(share.tensor)) return complete ? `Now ${gradientName(share.tensor)} is complete, and what made ${nameOf(share.tensor)} can have its turn.` : `What made ${nameOf(share.tensor)} waits for the other shares.`;
  return kind === "parameter" ? `${nameOf(share.tensor)} is a leaf: the gradient stays there, in ${nameOf(share.tensor)}.grad.` : "";
}

// Which element the numbers are of: an index for each axis, to be typed or stepped through.
function chooser(tensor) {
  const { shape } = tensors[tensor];
  if (count(shape) < 2) return "";
  const fields = shape.map((n, axis) => element("input", {
    type: "number", min: 0, max: n - 1, "aria-label": `Element of ${nameOf(tensor)}, axis ${axis}`,
    change: (event) => {
      const index = indexOf(chosenOf(tensor), shape);
      index[axis] = Math.min(Math.max(Math.floor(Number(event.target.value)) || 0, 0), n - 1);
      choose(tensor, positionOf(index, shape));
      refreshPanel();
    },
  }));
  refresh.push(() => indexOf(chosenOf(tensor), shape).forEach((i, axis) => {
    if (document.activeElement !== fields[axis]) fields[axis].value = i;
  }));
  return element("div", { class: "chooser" }, element("span", {}, `Element of ${nameOf(tensor)}`), fields);
}
