// The picture: boxes laid out by dagre, edges between them, frames around modules; it follows the steps.

const scroller = document.getElementById("scroller");
const canvas = document.getElementById("canvas");
const LABEL = 22; // pixels, of a frame's label
const PAD = 12;
const READABLE = 0.7; // of its own size

let drawn = null; // { boxes, edges, width, height }
let zoom = 1;

function drawPicture() {
  const { boxes, edges } = pictureNow();
  const made = new Map([...boxes].map(([id, box]) => [id, makeBox(id, box)]));
  canvas.replaceChildren(...[...made.values()].map(({ button }) => button));
  canvas.style.transform = "none";
  for (const { fill } of made.values()) fill(); // so that a box has its room before its numbers come
  const sizes = new Map(
    [...made].map(([id, { button }]) => [
      id,
      { width: Math.ceil(button.getBoundingClientRect().width) + 1, height: button.offsetHeight },
    ]),
  );
  const { places, lines, frames, width, height } = layOut(boxes, edges, sizes);
  for (const [id, { button }] of made) putAt(button, places.get(id));
  const shapes = edges.map((edge, i) => edgeLine(edge, lines[i]));
  const surface = svg(
    "svg",
    { class: "edges", width, height, "aria-hidden": "true" },
    frames.map(frameShape),
    shapes.map(({ node }) => node),
  );
  canvas.prepend(surface, ...frames.map(frameLabel));
  drawn = { boxes: made, lines: shapes, width, height };
  fit(true);
  updatePicture();
}

function putAt(button, { x, y, width, height }) {
  button.style.left = `${x - width / 2}px`;
  button.style.top = `${y - height / 2}px`;
  button.style.width = `${width}px`;
  button.style.height = `${height}px`;
}

function frameShape({ left, top, width, height, label }) {
  return svg("rect", { class: "frame", x: left, y: top, width, height: height + label, rx: 12 });
}

function frameLabel({ group, left, top }) {
  const { name, kind } = groups[group];
  const text = kind && kind !== name ? `${name} (${kind})` : name;
  const button = element(
    "button",
    {
      type: "button",
      class: "frame-label",
      "data-frame": group,
      title: "Fold",
      "aria-label": `Fold ${text}`,
      click: () => fold(group),
    },
    element("bdi", { dir: "ltr" }, text),
  );
  button.style.left = `${left + 8}px`;
  button.style.top = `${top + 3}px`;
  return button;
}

function edgeLine(edge, { points, across }) {
  const [first, last] = [points[0], points[points.length - 1]];
  const turn = across ? (last.x > first.x ? 0 : Math.PI) : Math.PI / 2; // which way the arrow points
  const path = svg("path", { class: "line", d: curve(points, across) });
  const head = svg("path", { class: "head", d: arrowHead(last, turn) });
  const tail = svg("path", { class: "head tail", d: arrowHead(first, turn + Math.PI) });
  return { ...edge, node: svg("g", { class: "edge" }, path, head, tail) };
}

// A smooth line through points, which leaves and reaches each of them downwards, or across.
function curve(points, across) {
  return points.slice(1).reduce((text, to, i) => {
    const from = points[i];
    const [x, y] = [(from.x + to.x) / 2, (from.y + to.y) / 2];
    return `${text}C${across ? `${x},${from.y} ${x},${to.y}` : `${from.x},${y} ${to.x},${y}`} ${to.x},${to.y}`;
  }, `M${points[0].x},${points[0].y}`);
}

function arrowHead(to, angle) {
  const corner = (turn) => `${to.x - 8 * Math.cos(angle + turn)},${to.y - 8 * Math.sin(angle + turn)}`;
  return `M${to.x},${to.y}L${corner(0.4)}L${corner(-0.4)}Z`;
}

function updatePicture() {
  if (!drawn) return;
  const { operation, kind } = steps[state.step];
  for (const { update } of drawn.boxes.values()) update();
  const here = operation === undefined ? null : boxOf(operation);
  canvas.classList.toggle("going-back", state.step > SEED);
  for (const { from, to, node } of drawn.lines) {
    const active = to === here && (kind === "forward" || (kind === "backward" && sends(operation, from)));
    node.setAttribute("class", `edge${active ? ` active ${kind}` : ""}`);
  }
  const current = here ?? (kind === "seed" ? boxOf(madeBy.get(page.root)) : null);
  // Of the boxes that lead to steps, which the list does as well, the tab key stops at one.
  const stop = current ?? drawn.boxes.keys().next().value;
  for (const [id, { button }] of drawn.boxes) button.tabIndex = id === stop || button.matches(".group") ? 0 : -1;
  if (current) bringIntoView(drawn.boxes.get(current)?.button);
}

// Whether a backward step sends a share to what stands in a box.
function sends(operation, box) {
  const visit = visits[visitOf.get(operation)];
  return visit.shares.some(
    ({ tensor }) =>
      box === `t${tensor}.${boxOf(operation)}` || (madeBy.has(tensor) && boxOf(madeBy.get(tensor)) === box),
  );
}

function bringIntoView(button) {
  if (!button) return;
  const [x, y] = [
    (button.offsetLeft + button.offsetWidth / 2) * zoom,
    (button.offsetTop + button.offsetHeight / 2) * zoom,
  ];
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches || state.playing;
  const room = { width: scroller.clientWidth, height: scroller.clientHeight };
  const inside =
    Math.abs(x - scroller.scrollLeft - room.width / 2) < room.width * 0.35 &&
    Math.abs(y - scroller.scrollTop - room.height / 2) < room.height * 0.35;
  if (!inside)
    scroller.scrollTo({ left: x - room.width / 2, top: y - room.height / 2, behavior: calm ? "auto" : "smooth" });
}

function setZoom(factor) {
  zoom = Math.min(Math.max(factor, 0.25), 1.6);
  canvas.style.transform = `scale(${zoom})`;
  canvas.style.width = `${drawn.width}px`;
  canvas.style.height = `${drawn.height}px`;
  // What is scaled takes its old room all the same: the margins take back what is too much, and centre the rest.
  const spare = scroller.clientWidth - drawn.width * zoom;
  canvas.style.marginLeft = `${Math.max(spare / 2, 0)}px`;
  canvas.style.marginRight = `${-drawn.width * (1 - zoom)}px`;
  canvas.style.marginBottom = `${-drawn.height * (1 - zoom)}px`;
}

// As large as fits; with `readable`, never so small that it cannot be read: then it scrolls.
function fit(readable) {
  const [across, down] = [(scroller.clientWidth - 16) / drawn.width, (scroller.clientHeight - 16) / drawn.height];
  setZoom(Math.min(1, readable ? Math.max(across, READABLE) : Math.min(across, down)));
}

const LEGEND = {
  parameter: "leaf with a gradient",
  input: "given",
  intermediate: "computed",
  result: "L",
  group: "folded",
};

function drawLegend() {
  const kinds = new Set(tensors.map(({ kind }) => kind));
  if (partsOf.some((parts, i) => i && parts > 1)) kinds.add("group");
  const items = Object.entries(LEGEND).filter(([kind]) => kinds.has(kind));
  document
    .getElementById("legend")
    .replaceChildren(
      ...items.map(([kind, words]) => element("li", {}, element("span", { class: `swatch ${kind}` }), words)),
    );
}
