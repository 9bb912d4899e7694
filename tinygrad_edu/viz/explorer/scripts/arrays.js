// An array as something to look at: a grid of numbers where it is small, a heatmap where it is large; and as a table.

const GRID = { rows: 8, columns: 6, cells: 40 }; // up to this size an array is shown as numbers
const PAGE = { rows: 20, columns: 12 }; // of a table, how much is shown at once

// Where the elements of an array stand in the plane: [rows, columns, place(position), position(row, column)].
function planeOf(shape) {
  const size = count(shape);
  if (shape.length <= 1 && size <= 64)
    return plane(
      1,
      size,
      (i) => [0, i],
      (_, column) => column,
    );
  if (shape.length <= 1) {
    const width = Math.ceil(Math.sqrt(size * 2));
    const rows = Math.ceil(size / width);
    return plane(
      rows,
      width,
      (i) => [Math.floor(i / width), i % width],
      (r, c) => within(r * width + c, size),
    );
  }
  const [height, width] = shape.slice(-2);
  const tiles = size / (height * width) || 0;
  const across = shape.length === 4 && shape[1] <= 16 ? shape[1] : Math.ceil(Math.sqrt(tiles));
  const down = Math.ceil(tiles / (across || 1));
  const gap = tiles > 1 ? 1 : 0;
  const [tall, wide] = [height + gap, width + gap];
  return plane(
    down * tall - gap,
    across * wide - gap,
    (i) => {
      const tile = Math.floor(i / (height * width));
      const [y, x] = [Math.floor(i / width) % height, i % width];
      return [Math.floor(tile / across) * tall + y, (tile % across) * wide + x];
    },
    (r, c) => {
      const tile = Math.floor(r / tall) * across + Math.floor(c / wide);
      const inside = r % tall < height && c % wide < width && tile < tiles;
      return inside ? (tile * height + (r % tall)) * width + (c % wide) : null;
    },
  );
}

function plane(rows, columns, place, position) {
  return { rows, columns, place, position };
}

function within(position, size) {
  return position < size ? position : null;
}

// A figure of an array. `pick(position)` is called when an element is pointed at; mark(positions) frames elements.
function figure(array, { name, title, pick, kind = "" }) {
  const caption = element(
    "figcaption",
    {},
    element("span", { class: "label" }, title),
    " ",
    element("span", { class: "shape" }, shapeText(array.shape)),
  );
  const view = viewOf(array, name, pick);
  const node = element("figure", { class: `array ${kind}` }, caption, view.node, tableBelow(array, name));
  return { node, mark: view.mark, draw: view.draw };
}

function viewOf(array, name, pick) {
  if (array.statistics) return statisticsView(array, name);
  if (isGrid(array)) return gridView(array, pick);
  return array.same ? sameView(array) : heatView(array, name, pick);
}

function isGrid(array) {
  const { rows, columns } = planeOf(array.shape);
  return array.shape.length <= 2 && rows <= GRID.rows && columns <= GRID.columns && array.size <= GRID.cells;
}

// Colours: of a number, where the largest size is `largest`. Blue is below zero, orange above, and zero the ground.
function heat(x, largest) {
  const number = Number(x);
  if (Number.isNaN(number)) return "nan";
  if (!largest || number === 0) return Math.abs(number) === Infinity ? (number > 0 ? 4 : -4) : 0;
  const level = Math.min(Math.ceil((Math.abs(number) / largest) * 4), 4);
  return Math.sign(number) * level;
}

function gridView(array, pick) {
  const { rows, columns, position } = planeOf(array.shape);
  const largest = largestOf(array);
  const cells = [];
  const node = element("div", { class: "grid", role: "img", "aria-label": gridLabel(array) });
  node.style.gridTemplateColumns = `repeat(${columns}, auto)`;
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const i = position(r, c);
      const text = short(array.get(i), array.dtype);
      const cell = element(
        "span",
        { class: "cell", "data-heat": heat(array.get(i), largest), title: exact(array.get(i), array.dtype) },
        text,
      );
      if (pick) for (const event of ["pointerenter", "click"]) cell.addEventListener(event, () => pick(i));
      cells[i] = cell;
      node.append(cell);
    }
  }
  const mark = (positions) => {
    const marked = new Set(positions);
    cells.forEach((cell, i) => cell.classList.toggle("marked", marked.has(i)));
  };
  return { node, mark, draw() {} };
}

// Of many numbers that are all the same, one.
function sameView(array) {
  const cell = element(
    "span",
    { class: "cell", "data-heat": heat(array.get(0), largestOf(array)) },
    short(array.get(0), array.dtype),
  );
  return { node: element("div", { class: "same" }, cell, " everywhere"), mark() {}, draw() {} };
}

function gridLabel(array) {
  const numbers = [...Array(array.size).keys()].map((i) => short(array.get(i), array.dtype));
  return numbers.length ? numbers.join(", ") : "no elements";
}

// Of an array that is too large for the page: a heatmap of means, and statistics.
function statisticsView(array, name) {
  const { smallest, largest, mean, norm, nan, infinite } = array.statistics;
  const rows = [
    ["elements", array.size],
    ["smallest", smallest],
    ["largest", largest],
    ["mean", mean],
    ["norm", norm],
    ["NaN", nan || null],
    ["infinite", infinite || null],
  ];
  const node = element("dl", { class: "statistics" });
  for (const [word, x] of rows) {
    if (x === null || x === undefined) continue;
    const text = Number.isInteger(x) ? String(x) : short(x, "float32");
    node.append(element("div", {}, element("dt", {}, word), element("dd", {}, text)));
  }
  const { node: heat, draw } = heatView(array.coarse, name, null);
  const note = element("p", { class: "coarse" }, coarseText(array));
  return { node: element("div", {}, heat, note, node), mark() {}, draw };
}

function coarseText({ plane, coarse }) {
  const [rows, columns] = plane.map((n, axis) => Number((n / coarse.shape[axis]).toPrecision(2)));
  return `coarse: each cell is the mean of about ${rows} \u00d7 ${columns} numbers`;
}

// The numbers as a table, made when it is opened, and of a large one a part at a time.
function tableBelow(array, name) {
  const node = element(
    "details",
    { class: "table" },
    element("summary", {}, "Numbers", element("span", { class: "hidden" }, ` of ${name}`)),
  );
  node.addEventListener("toggle", () => {
    if (node.open && node.children.length === 1) node.append(tableOf(array, name));
  });
  return node;
}

function tableOf(array, name) {
  if (array.statistics)
    return element(
      "p",
      { class: "note" },
      `${array.size} numbers are too many for this page; above is what they are like.`,
    );
  const columns = array.shape.length ? array.shape[array.shape.length - 1] : 1;
  const rows = columns ? array.size / columns : 0;
  const start = { row: 0, column: 0 };
  const box = element("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": `Table of ${name}` });
  const show = () => box.replaceChildren(tablePart(array, name, rows, columns, start));
  const move = (key, by, limit) => () => {
    start[key] = Math.min(Math.max(start[key] + by, 0), Math.max(limit - 1, 0));
    show();
  };
  show();
  const buttons = [
    ["rows", "row", PAGE.rows, rows],
    ["columns", "column", PAGE.columns, columns],
  ].flatMap(([word, key, step, limit]) =>
    limit <= step
      ? []
      : [
          element("button", { type: "button", click: move(key, -step, limit) }, `Earlier ${word}`),
          element(
            "button",
            { type: "button", click: move(key, step, Math.floor((limit - 1) / step) * step + 1) },
            `Later ${word}`,
          ),
        ],
  );
  return element("div", {}, box, buttons.length ? element("div", { class: "pager" }, buttons) : null);
}

function tablePart(array, name, rows, columns, start) {
  const table = element("table", {}, element("caption", { class: "hidden" }, `${name}, ${shapeText(array.shape)}`));
  const across = range(start.column, Math.min(start.column + PAGE.columns, columns));
  if (array.shape.length) {
    const heads = across.map((c) => element("th", { scope: "col" }, String(c)));
    table.append(element("thead", {}, element("tr", {}, element("td", {}), heads)));
  }
  const body = element("tbody", {});
  for (const r of range(start.row, Math.min(start.row + PAGE.rows, rows))) {
    const index =
      array.shape.length > 1 ? indexOf(r, array.shape.slice(0, -1)).join(", ") : array.shape.length ? "" : "value";
    const cells = across.map((c) => element("td", {}, exact(array.get(r * columns + c), array.dtype)));
    body.append(element("tr", {}, element("th", { scope: "row" }, index || "all"), cells));
  }
  table.append(body);
  return table;
}

function range(start, end) {
  return [...Array(Math.max(end - start, 0)).keys()].map((i) => start + i);
}
