// A heatmap: one cell for each number, centred on zero, on a canvas. One points at it, or goes through it with the
// arrow keys.

const LARGEST_CELL = 22; // pixels
const ROOM = { width: 380, height: 260, narrow: 168 }; // pixels; narrow is for those that stand three in a row

function heatView(array, name, pick) {
  const { rows, columns, place, position } = planeOf(array.shape);
  const cell = cellSize(rows, columns);
  const surface = element("canvas", {});
  const label = `Heatmap of ${name}, ${shapeText(array.shape)}. Arrow keys choose an element.`;
  const node = element(
    "div",
    pick ? { class: "heat", tabindex: "0", role: "application", "aria-label": label } : { class: "heat" },
    surface,
  );
  const scale = scaleOf(array);
  let marks = [];
  let image = null;
  const size = { width: columns * cell.width, height: rows * cell.height };
  surface.style.width = `${size.width}px`;
  surface.style.height = `${size.height}px`;

  const draw = (fresh = false) => {
    const colours = paletteNow();
    if (fresh || !image) image = paint(array, rows, columns, position, colours);
    const sharp = window.devicePixelRatio || 1;
    surface.width = Math.round(size.width * sharp);
    surface.height = Math.round(size.height * sharp);
    const pen = surface.getContext("2d");
    pen.imageSmoothingEnabled = cell.width < 1 || cell.height < 1;
    pen.drawImage(image, 0, 0, surface.width, surface.height);
    pen.scale(surface.width / columns, surface.height / rows);
    frame(pen, marks.map(place), colours.mark, columns / size.width, rows / size.height);
  };
  const at = (event) => {
    const box = surface.getBoundingClientRect();
    const r = Math.floor(((event.clientY - box.top) / box.height) * rows);
    const c = Math.floor(((event.clientX - box.left) / box.width) * columns);
    return r >= 0 && c >= 0 && r < rows && c < columns ? position(r, c) : null;
  };
  if (pick) listen(node, surface, at, pick, () => marks[0] ?? 0, place, position);
  draw();
  return {
    node: element("div", {}, node, scale),
    draw,
    mark(positions) {
      marks = positions;
      draw();
    },
  };
}

// What the colours mean.
function scaleOf(array) {
  if (!largestOf(array)) return element("span", { class: "scale" }, "all 0");
  const largest = short(largestOf(array), array.dtype);
  const ramp = element("span", { class: "ramp", "aria-hidden": "true" });
  return element("span", { class: "scale" }, MINUS + largest, ramp, largest);
}

function cellSize(rows, columns) {
  const room = columns > 40 ? ROOM.width : ROOM.narrow;
  const width = Math.min(LARGEST_CELL, room / columns);
  const height = Math.min(LARGEST_CELL, ROOM.height / rows);
  // Cells are square, unless there are so many one way that they would vanish the other way.
  const square = Math.min(width, height);
  return {
    width: Math.max(square, Math.min(width, 24 / columns)),
    height: Math.max(square, Math.min(height, 48 / rows)),
  };
}

function listen(node, surface, at, pick, current, place, position) {
  const point = (event) => {
    const found = at(event);
    if (found !== null) pick(found);
  };
  surface.addEventListener("pointermove", point);
  surface.addEventListener("pointerdown", point);
  node.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const [r, c] = place(current());
    let [y, x] = [r + move[0], c + move[1]];
    if (position(y, x) === null) [y, x] = [y + move[0], x + move[1]]; // over the gap between tiles
    const found = y >= 0 && x >= 0 ? position(y, x) : null;
    if (found !== null && place(found)[0] === y && place(found)[1] === x) pick(found);
  });
}

// One pixel for each number, to be stretched.
function paint(array, rows, columns, position, colours) {
  const image = element("canvas", { width: columns, height: rows });
  const pen = image.getContext("2d");
  const pixels = pen.createImageData(columns, rows);
  const largest = largestOf(array) || 1;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const i = position(r, c);
      if (i === null || i >= array.size) continue;
      const x = Number(array.get(i));
      const colour = Number.isNaN(x)
        ? colours.nan
        : mix(colours.zero, x < 0 ? colours.below : colours.above, strength(x / largest));
      pixels.data.set([...colour, 255], (r * columns + c) * 4);
    }
  }
  pen.putImageData(pixels, 0, 0);
  return image;
}

// Small numbers are seen as well: the colour grows faster near zero.
function strength(x) {
  return Math.min(Math.abs(x), 1) ** 0.7;
}

function mix(from, to, part) {
  return from.map((x, i) => Math.round(x + (to[i] - x) * part));
}

// A line around elements, and none between two that are neighbours.
function frame(pen, places, colour, across, down) {
  const marked = new Set(places.map(String));
  pen.fillStyle = colour;
  for (const [r, c] of places) {
    const [dx, dy] = [2 * across, 2 * down];
    if (!marked.has(`${r - 1},${c}`)) pen.fillRect(c, r, 1, Math.min(dy, 1));
    if (!marked.has(`${r + 1},${c}`)) pen.fillRect(c, r + 1 - Math.min(dy, 1), 1, Math.min(dy, 1));
    if (!marked.has(`${r},${c - 1}`)) pen.fillRect(c, r, Math.min(dx, 1), 1);
    if (!marked.has(`${r},${c + 1}`)) pen.fillRect(c + 1 - Math.min(dx, 1), r, Math.min(dx, 1), 1);
  }
}

// The colours that the style sheet has for this scheme, as numbers.
function paletteNow() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(name).trim();
  const rgb = (name) =>
    read(name)
      .match(/[0-9a-f]{2}/gi)
      .map((pair) => parseInt(pair, 16));
  return { zero: rgb("--zero"), below: rgb("--below"), above: rgb("--above"), nan: rgb("--nan"), mark: read("--ink") };
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const redraw of redrawn) redraw(true);
});
let redrawn = []; // what draws the heatmaps that are on the page
