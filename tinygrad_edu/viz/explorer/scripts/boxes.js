// The boxes of the picture: what stands in them, and how that changes from step to step. Each is a button, with
// update(), which shows the step at hand, and fill(), which shows the most that will ever stand in it, to be measured.

const VALUES = 4; // numbers that stand in a box; of more there is a small heatmap
const LETTERS = 28; // of these numbers
const THUMBNAIL = { width: 66, height: 18 };

function makeBox(id, box) {
  return { leaf: leafBox, operation: operationBox, group: groupBox }[box.kind](id, box);
}

function leafBox(id, { tensor, beside }) {
  const { kind } = tensors[tensor];
  const home = foldsOf(operations[beside].group)
    .filter((group) => state.open.has(group))
    .at(-1);
  const parts = boxParts(home ? nameInside(nameOf(tensor), groups[home].name) : nameOf(tensor), tensor);
  const button = element(
    "button",
    {
      type: "button",
      class: `box leaf ${kind}`,
      "data-box": id,
      tabindex: "-1",
      click: () => goTo(stepOfLeaf(tensor)),
    },
    parts.nodes,
  );
  return { button, update: () => parts.update(true), fill: parts.fill };
}

// What a parameter is called inside the module whose frame is around it: `weight` of `0.weight`.
function nameInside(name, module) {
  return name.startsWith(`${module}.`) ? name.slice(module.length + 1) : name;
}

function operationBox(id, { operation }) {
  const { output } = operations[operation];
  const parts = boxParts(briefly(operation), output);
  const kind = output === page.root ? "result" : "intermediate";
  const button = element(
    "button",
    {
      type: "button",
      class: `box ${kind}`,
      "data-box": id,
      tabindex: "-1",
      click: () => goTo(stepOfOperation(operation)),
    },
    parts.nodes,
  );
  const update = () => {
    const known = isComputed(output, state.step);
    parts.update(known);
    button.classList.toggle("future", !known);
    button.classList.toggle(
      "now",
      steps[state.step].operation === operation || (steps[state.step].kind === "seed" && output === page.root),
    );
  };
  return { button, update, fill: parts.fill };
}

function groupBox(id, { group }) {
  const { name, kind } = groups[group];
  const progress = element("span", { class: "row" });
  const title = element("span", { class: "title" }, element("bdi", {}, name));
  const words = element(
    "span",
    { class: "row" },
    `${kind && kind !== name ? kind + ", " : ""}${plural(partsOf[group], "operation")}`,
  );
  const button = element(
    "button",
    {
      type: "button",
      class: "box group",
      "data-box": id,
      tabindex: "-1",
      title: "Unfold",
      "aria-label": `Unfold ${name}`,
      click: () => unfold(group),
    },
    title,
    words,
    progress,
  );
  const inside = operations.map((_, i) => i).filter((i) => pathOf(operations[i].group).includes(group));
  const update = () => {
    const { step } = state;
    const forward = inside.filter((i) => i <= step).length;
    const back = inside.filter((i) => backwardStep(i) !== null && backwardStep(i) <= step).length;
    progress.textContent = step < SEED ? `${forward} computed` : `${back} visited`;
    button.classList.toggle("future", forward === 0);
    button.classList.toggle("now", inside.includes(steps[step].operation));
  };
  const fill = () => progress.replaceChildren(`${inside.length} computed`);
  return { button, update, fill };
}

// The rows of a box: its title, its value and its gradient, or a dash for what is still to come.
function boxParts(text, tensor) {
  const value = element("span", { class: "row value" });
  const gradient = element("span", { class: "row gradient" });
  const takes = tensors[tensor].grad !== null;
  const nodes = [element("span", { class: "title" }, text), value, takes ? gradient : null].filter(Boolean);
  const showValue = content(arrayAt(tensors[tensor].value), tensors[tensor].shape);
  const dash = () => element("span", { class: "waiting" }, "\u2013");
  const showGradient = ({ come, of, array }) => {
    const part = come < of ? ` ${come} of ${of}` : "";
    const inside = come ? [...content(array, array.shape, true)(), part] : [dash()];
    gradient.replaceChildren(element("span", { class: "word" }, "grad "), ...inside);
  };
  let seen = null;
  let known = null;
  const update = (computed) => {
    if (known !== computed) value.replaceChildren(...(computed ? showValue() : [dash()]));
    known = computed;
    const now = gradientAt(tensor, state.step);
    const key = `${now.come}/${now.of}`;
    if (takes && key !== seen) showGradient(now);
    seen = key;
  };
  const fill = () => {
    value.replaceChildren(...showValue());
    if (takes) showGradient(widest(gradientStates(tensor)));
    [seen, known] = [null, null];
  };
  return { nodes, update, fill };
}

// The state of a gradient that takes the most room.
function widest(states) {
  const room = ({ come, of, array }) => (array.size <= VALUES ? smallText(array).length : 0) + (come < of ? 7 : 0);
  return states.reduce((most, one) => (room(one) > room(most) ? one : most));
}

function content(array, shape, isGradient = false) {
  return () => {
    if (!array) return [isGradient ? "" : shape.join(" \u00d7 ")];
    const text = array.size <= VALUES ? smallText(array) : null;
    if (text && text.length <= LETTERS) return [text];
    const size = element("span", { class: "size" }, shape.join(" \u00d7 "));
    return [thumbnail(array.coarse ?? array), isGradient ? "" : size];
  };
}

function smallText(array) {
  const part = (shape, start) => {
    if (!shape.length) return short(array.get(start), array.dtype);
    const size = count(shape.slice(1));
    return `[${range(0, shape[0])
      .map((i) => part(shape.slice(1), start + i * size))
      .join(", ")}]`;
  };
  return part(array.shape, 0);
}

function thumbnail(array) {
  const { rows, columns, position } = planeOf(array.shape);
  const image = paint(array, rows, columns, position, paletteNow());
  const scale = Math.min(THUMBNAIL.width / columns, THUMBNAIL.height / rows, 9);
  image.style.width = `${Math.max(columns * scale, Math.min(24, columns * 9))}px`;
  image.style.height = `${Math.max(rows * scale, Math.min(10, rows * 9))}px`;
  image.classList.add("thumbnail");
  image.setAttribute("aria-hidden", "true");
  return image;
}

// Where a click leads: to the step of the same direction; from there, to the one of the other direction.
function stepOfOperation(operation) {
  const back = backwardStep(operation);
  if (back === null) return operation;
  return state.step < SEED ? (state.step === operation ? back : operation) : state.step === back ? operation : back;
}

function stepOfLeaf(tensor) {
  const shares = sharesOf[tensor];
  if (state.step >= SEED && shares.length) return shares[shares.length - 1].step;
  return usedAt[tensor][0];
}
