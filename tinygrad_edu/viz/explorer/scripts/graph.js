// The picture: boxes laid out by dagre, edges between them, frames around modules; it follows the steps.

const scroller = document.getElementById("scroller");
const canvas = document.getElementById("canvas");
const LABEL = 22; // pixels, of a frame's label
const PAD = 12;
const READABLE = 0.78; // of its own size

let drawn = null; // { boxes, edges, width, height }
let zoom = 1;

function drawPicture() {
  const { boxes, edges } = pictureNow();
  const made = new Map([...boxes].map(([id, box]) => [id, makeBox(id, box)]));
  canvas.replaceChildren(...[...made.values()].map(({ button }) => button));
  canvas.style.transform = "none";
  for (const { update } of made.values()) update();
  const sizes = new Map([...made].map(([id, { button }]) => [id, { width: Math.ceil(button.getBoundingClientRect().width) + 1, height: button.offsetHeight }]));
  const layout = layOut(boxes, edges, sizes);
  for (const [id, { button }] of made) {
    const { x, y } = layout.node(id);
    const { width, height } = sizes.get(id);
    button.style.left = `${x - width / 2}px`;
    button.style.top = `${y - height / 2}px`;
    button.style.width = `${width}px`;
    button.style.height = `${height}px`;
  }
  const frames = framesOf(boxes, layout, sizes);
  const { width, height } = extent(layout, frames);
  const lines = edges.map((edge) => edgeLine(edge, layout.edge(edge.from, edge.to).points));
  const surface = svg("svg", { class: "edges", width, height, "aria-hidden": "true" }, frames.map(frameShape), lines.map(({ node }) => node));
  canvas.prepend(surface, ...frames.map(frameLabel));
  drawn = { boxes: made, lines, width, height };
  fit(true);
  updatePicture();
}

function layOut(boxes, edges, sizes) {
  const graph = new dagre.graphlib.Graph({ compound: true });
  graph.setGraph({ rankdir: "TB", nodesep: 16, ranksep: 32, marginx: 16, marginy: 16 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [id, size] of sizes) graph.setNode(id, { ...size });
  for (const { from, to } of edges) graph.setEdge(from, to);
  for (const [id, box] of boxes) nest(graph, id, openPath(box));
  dagre.layout(graph);
  return graph;
}

// The unfolded groups that a box lies in, the outermost first. A leaf lies where it is used.
function openPath(box) {
  const group = box.kind === "group" ? groups[box.group].parent : operations[box.operation ?? box.beside].group;
  return foldsOf(group).filter((i) => state.open.has(i));
}

function nest(graph, id, path) {
  path.forEach((group, depth) => {
    graph.setNode(`m${group}`, { ...graph.node(`m${group}`) });
    if (depth) graph.setParent(`m${group}`, `m${path[depth - 1]}`);
  });
  if (path.length) graph.setParent(id, `m${path[path.length - 1]}`);
}

// A frame for each unfolded group: around its boxes, and the frames inside it.
function framesOf(boxes, layout, sizes) {
  const frames = new Map();
  for (const [id, box] of boxes) {
    const { x, y } = layout.node(id);
    const { width, height } = sizes.get(id);
    const path = openPath(box);
    path.forEach((group, depth) => {
      const inside = path.length - depth; // how many frames there are from here to the box
      const old = frames.get(group) ?? { group, left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
      frames.set(group, {
        group,
        left: Math.min(old.left, x - width / 2 - PAD * inside),
        right: Math.max(old.right, x + width / 2 + PAD * inside),
        top: Math.min(old.top, y - height / 2 - (PAD / 2) * inside - LABEL * inside),
        bottom: Math.max(old.bottom, y + height / 2 + PAD * inside),
      });
    });
  }
  return [...frames.values()].sort((a, b) => pathOf(a.group).length - pathOf(b.group).length);
}

function extent(layout, frames) {
  const { width, height } = layout.graph();
  return { width: Math.max(width, ...frames.map(({ right }) => right + PAD)), height: Math.max(height, ...frames.map(({ bottom }) => bottom + PAD)) };
}

function frameShape({ left, top, right, bottom }) {
  return svg("rect", { class: "frame", x: left, y: top, width: right - left, height: bottom - top, rx: 12 });
}

function frameLabel({ group, left, top }) {
  const { name, kind } = groups[group];
  const text = kind && kind !== name ? `${name} (${kind})` : name;
  const button = element("button", { type: "button", class: "frame-label", tabindex: "-1", title: "Fold", "aria-label": `Fold ${text}`, click: () => fold(group) }, element("bdi", {}, text));
  button.style.left = `${left + 8}px`;
  button.style.top = `${top + 3}px`;
  return button;
}

function edgeLine(edge, points) {
  const path = svg("path", { class: "line", d: curve(points) });
  const head = svg("path", { class: "head", d: arrowHead(points[points.length - 2], points[points.length - 1]) });
  const tail = svg("path", { class: "head tail", d: arrowHead(points[1], points[0]) });
  return { ...edge, node: svg("g", { class: "edge" }, path, head, tail) };
}

// A smooth line: straight to the middle of each piece, and around the corners between.
function curve(points) {
  const [first, ...others] = points;
  const last = others.pop();
  let text = `M${first.x},${first.y}`;
  others.forEach((point, i) => {
    const next = others[i + 1] ?? last;
    const end = others[i + 1] ? { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 } : next;
    text += `Q${point.x},${point.y} ${end.x},${end.y}`;
  });
  return others.length ? text : `${text}L${last.x},${last.y}`;
}

function arrowHead(from, to) {
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
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
  for (const [id, { button }] of drawn.boxes) button.tabIndex = id === current || (!current && id === drawn.boxes.keys().next().value) ? 0 : -1;
  if (current) bringIntoView(drawn.boxes.get(current)?.button);
}

// Whether a backward step sends a share to what stands in a box.
function sends(operation, box) {
  const visit = visits[visitOf.get(operation)];
  return visit.shares.some(({ tensor }) => box === `t${tensor}.${boxOf(operation)}` || (madeBy.has(tensor) && boxOf(madeBy.get(tensor)) === box));
}

function bringIntoView(button) {
  if (!button) return;
  const [x, y] = [(button.offsetLeft + button.offsetWidth / 2) * zoom, (button.offsetTop + button.offsetHeight / 2) * zoom];
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches || state.playing;
  const room = { width: scroller.clientWidth, height: scroller.clientHeight };
  const inside = Math.abs(x - scroller.scrollLeft - room.width / 2) < room.width * 0.35 && Math.abs(y - scroller.scrollTop - room.height / 2) < room.height * 0.35;
  if (!inside) scroller.scrollTo({ left: x - room.width / 2, top: y - room.height / 2, behavior: calm ? "auto" : "smooth" });
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

const LEGEND = { parameter: "leaf with a gradient", input: "given", intermediate: "computed", result: "L", group: "folded" };

function drawLegend() {
  const kinds = new Set(tensors.map(({ kind }) => kind));
  if (partsOf.some((parts, i) => i && parts > 1)) kinds.add("group");
  const items = Object.entries(LEGEND).filter(([kind]) => kinds.has(kind));
  document.getElementById("legend").replaceChildren(...items.map(([kind, words]) => element("li", {}, element("span", { class: `swatch ${kind}` }), words)));
}
