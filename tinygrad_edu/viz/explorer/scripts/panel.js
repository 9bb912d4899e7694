// The panel: what happens in this step, and why.

const panel = document.getElementById("panel");
let refresh = []; // what shows another element, when one is chosen

function showPanel() {
  refresh = [];
  redrawn = [];
  const { kind, operation, visit } = steps[state.step];
  const body =
    kind === "forward"
      ? forwardBody(operations[operation])
      : kind === "backward"
        ? backwardBody(visits[visit])
        : kind === "seed"
          ? seedBody()
          : endBody();
  panel.replaceChildren(
    element("p", { class: `phase ${kind}` }, phaseText(state.step)),
    element("h2", {}, heading(kind, operation)),
    element("p", { class: "reason" }, reason(state.step)),
    operation === undefined ? "" : whereBlock(operations[operation]),
    ...body,
  );
  fitHeadings();
  panel.scrollTop = 0;
  refreshPanel();
}

function fitHeadings() {
  panel.querySelectorAll("h2, h3").forEach(keepInside);
}

function refreshPanel() {
  for (const show of refresh) show();
}

function heading(kind, operation) {
  if (kind === "forward") return mathematics(operations[operation].formula);
  if (kind === "backward")
    return [
      "Back through ",
      element("span", { class: "op" }, operations[operation].op),
      ", which made ",
      element("span", { class: "name" }, nameOf(operations[operation].output)),
    ];
  return kind === "seed" ? `${gradientName(page.root)} = 1` : "All gradients are there";
}

// The reader's own line, the modules, and the parameters.
function whereBlock({ place, group, params, op, meaning }) {
  const path = pathOf(group)
    .map((i) => groups[i])
    .filter((g) => g.kind);
  const lines = [
    place &&
      element(
        "p",
        { class: "line" },
        element("span", { class: "file" }, `${place[0]}:${place[1]}`),
        element("code", {}, element("bdi", { dir: "ltr" }, place[2])),
      ),
    path.length
      ? element(
          "p",
          { class: "module" },
          "in ",
          path
            .map((g, i) => [
              i ? " / " : "",
              element("bdi", {}, g.name),
              g.kind && g.kind !== g.name ? ` (${g.kind})` : "",
            ])
            .flat(),
        )
      : null,
    meaning ? element("p", { class: "module" }, `where ${meaning}`) : null,
    params.length ? element("p", { class: "module" }, `${op} with `, params.join(", ")) : null,
  ].filter(Boolean);
  return lines.length ? element("div", { class: "where" }, lines) : "";
}

function show(array, options) {
  if (!array)
    return {
      node: element("p", { class: "note" }, `${options.title}: written over in place since, so its numbers are gone.`),
      mark() {},
    };
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

// A sign and what follows it, which stay on one line.
function term(text, node) {
  return element("div", { class: "term" }, element("span", { class: "joint", "aria-hidden": "true" }, text), node);
}

// Which element the numbers are of: an index for each axis, to be typed or stepped through.
function chooser(tensor) {
  const { shape } = tensors[tensor];
  if (count(shape) < 2) return "";
  const fields = shape.map((n, axis) =>
    element("input", {
      type: "number",
      min: 0,
      max: n - 1,
      "aria-label": `Element of ${nameOf(tensor)}, axis ${axis}`,
      change: (event) => {
        const index = indexOf(chosenOf(tensor), shape);
        index[axis] = Math.min(Math.max(Math.floor(Number(event.target.value)) || 0, 0), n - 1);
        choose(tensor, positionOf(index, shape));
        refreshPanel();
      },
    }),
  );
  refresh.push(() =>
    indexOf(chosenOf(tensor), shape).forEach((i, axis) => {
      if (document.activeElement !== fields[axis]) fields[axis].value = i;
    }),
  );
  return element("div", { class: "chooser" }, element("span", {}, `Element of ${nameOf(tensor)}`), fields);
}
