// Where the boxes stand. What is computed goes from top to bottom, laid out by dagre; leaves stand beside their use.

const GAP = { leaf: 30, between: 8, boxes: 26, rows: 40 }; // pixels: to a leaf, from leaf to leaf, between neighbours, rows

// Return places, { x, y, width, height } by the names of boxes, x and y in the middle; and lines by edges.
function layOut(boxes, edges, sizes) {
  const sides = sidesOf(boxes, edges);
  const graph = new dagre.graphlib.Graph({ compound: true });
  graph.setGraph({ rankdir: "TB", nodesep: GAP.boxes, ranksep: GAP.rows, marginx: 20, marginy: 20 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [id, side] of sides) graph.setNode(id, roomFor(sizes.get(id), side, sizes));
  for (const { from, to } of edges) if (sides.has(from)) graph.setEdge(from, to);
  for (const id of sides.keys()) nest(graph, id, openPath(boxes.get(id)));
  dagre.layout(graph);
  const places = new Map();
  for (const [id, side] of sides) {
    const { x, y } = graph.node(id);
    places.set(id, { x, y, ...sizes.get(id) });
    placeLeaves(places, places.get(id), side, sizes);
  }
  return { places, lines: edges.map((edge) => lineOf(edge, places, sides.has(edge.from) ? graph.edge(edge.from, edge.to).points : null)) };
}

// For each box that is no leaf, the leaves to its left and to its right: as they stand around its computed inputs.
function sidesOf(boxes, edges) {
  const sides = new Map([...boxes].filter(([, { kind }]) => kind !== "leaf").map(([id]) => [id, { before: [], after: [], computed: false }]));
  for (const { from, to } of edges) {
    const side = sides.get(to);
    if (sides.has(from)) side.computed = true;
    else (side.computed ? side.after : side.before).push(from);
  }
  return new Map([...sides].map(([id, { before, after }]) => [id, balanced(before, after)]));
}

function balanced(before, after) {
  const leaves = [...before, ...after];
  const onlyOne = leaves.length === 1 && after.length === 1;
  const left = onlyOne ? 0 : before.length && after.length ? before.length : Math.ceil(leaves.length / 2);
  const even = Math.abs(leaves.length - 2 * left) > 1 ? Math.floor(leaves.length / 2) : left;
  return { left: leaves.slice(0, even), right: leaves.slice(even) };
}

// The room of a box and its leaves: as wide to the left as to the right, so that the box is in the middle.
function roomFor({ width, height }, { left, right }, sizes) {
  const beside = Math.max(stackSize(left, sizes).width, stackSize(right, sizes).width);
  const tall = Math.max(height, stackSize(left, sizes).height, stackSize(right, sizes).height);
  return { width: width + 2 * (beside ? beside + GAP.leaf : 0), height: tall };
}

function stackSize(ids, sizes) {
  const all = ids.map((id) => sizes.get(id));
  const height = all.reduce((sum, size) => sum + size.height, 0) + GAP.between * Math.max(ids.length - 1, 0);
  return { width: Math.max(0, ...all.map((size) => size.width)), height };
}

function placeLeaves(places, box, { left, right }, sizes) {
  for (const [ids, direction] of [[left, -1], [right, 1]]) {
    let top = box.y - stackSize(ids, sizes).height / 2;
    for (const id of ids) {
      const { width, height } = sizes.get(id);
      places.set(id, { x: box.x + direction * (box.width / 2 + GAP.leaf + width / 2), y: top + height / 2, width, height });
      top += height + GAP.between;
    }
  }
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

// The points of an edge, and whether it goes across, from a leaf, or down, through the points that dagre found.
function lineOf({ from, to }, places, points) {
  const [start, end] = [places.get(from), places.get(to)];
  if (!points) {
    const side = Math.sign(end.x - start.x);
    const y = near(start.y, end.y, end.height / 2 - 10);
    return { across: true, points: [{ x: start.x + (side * start.width) / 2, y: start.y }, { x: end.x - (side * end.width) / 2, y }] };
  }
  const bends = points.slice(1, -1);
  const first = { x: near(bends[0].x, start.x, start.width / 2 - 14), y: start.y + start.height / 2 };
  const last = { x: near(bends[bends.length - 1].x, end.x, end.width / 2 - 14), y: end.y - end.height / 2 };
  return { across: false, points: [first, ...bends, last] };
}

function near(x, middle, distance) {
  return Math.min(Math.max(x, middle - distance), middle + distance);
}

// A frame for each unfolded group: around its boxes, and the frames inside it.
function framesOf(boxes, places) {
  const frames = new Map();
  for (const [id, box] of boxes) {
    const { x, y, width, height } = places.get(id);
    const path = openPath(box);
    path.forEach((group, depth) => {
      const inside = path.length - depth; // how many frames there are from here to the box
      const old = frames.get(group) ?? { group, left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
      frames.set(group, {
        group,
        left: Math.min(old.left, x - width / 2 - PAD * inside),
        right: Math.max(old.right, x + width / 2 + PAD * inside),
        top: Math.min(old.top, y - height / 2 - LABEL * inside),
        bottom: Math.max(old.bottom, y + height / 2 + PAD * inside),
      });
    });
  }
  return [...frames.values()].sort((a, b) => pathOf(a.group).length - pathOf(b.group).length);
}

// Move everything to the top and the left, and say how large it is.
function moveToCorner(places, lines, frames) {
  const all = [...places.values()].map(({ x, y, width, height }) => ({ left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 }));
  const edges = [...all, ...frames];
  const [left, top] = ["left", "top"].map((key) => Math.min(...edges.map((one) => one[key])) - PAD);
  const points = [...places.values(), ...lines.flatMap((line) => line.points)];
  for (const point of points) [point.x, point.y] = [point.x - left, point.y - top];
  for (const frame of frames) {
    [frame.left, frame.right, frame.top, frame.bottom] = [frame.left - left, frame.right - left, frame.top - top, frame.bottom - top];
  }
  const [right, bottom] = ["right", "bottom"].map((key) => Math.max(...edges.map((one) => one[key])) + PAD);
  return { width: Math.max(right, ...points.map(({ x }) => x)) - left, height: bottom - top };
}
