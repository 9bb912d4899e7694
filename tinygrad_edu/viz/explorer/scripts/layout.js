// Where the boxes stand. What is computed goes from top to bottom, laid out by dagre; leaves stand beside their use.

// Return places, { x, y, width, height } by the names of boxes, x and y in the middle; lines by edges; frames; sizes.
// Each unfolded group is laid out for itself, and then is one box of the group around it.
function layOut(boxes, edges, sizes) {
  const sides = sidesOf(boxes, edges);
  const paths = new Map([...sides.keys()].map((id) => [id, [0, ...openPath(boxes.get(id))]]));
  const graphs = new Map([[0, newGraph()]]); // of each unfolded group, in which it always comes after the one around it
  for (const [id, side] of sides) {
    for (const group of paths.get(id)) if (!graphs.has(group)) graphs.set(group, newGraph());
    graphs.get(paths.get(id).at(-1)).setNode(id, roomFor(sizes.get(id), side, sizes));
  }
  const parents = new Map(
    [...paths.values()].flatMap((path) => path.slice(1).map((group, depth) => [group, path[depth]])),
  );
  const pieces = edges.map((edge) => (sides.has(edge.from) ? piecesOf(edge, paths) : null));
  for (const { group, from, to } of pieces.flat().filter(Boolean)) addEdge(graphs.get(group), from, to);
  for (const [group, graph] of [...graphs].reverse()) {
    dagre.layout(graph);
    if (group)
      graphs
        .get(parents.get(group))
        .setNode(`m${group}`, { width: graph.graph().width, height: graph.graph().height + LABEL });
  }
  const corners = cornersOf(graphs, parents);
  const places = new Map();
  for (const [id, side] of sides) {
    const group = paths.get(id).at(-1);
    placeTogether(places, id, moved(graphs.get(group).node(id), corners.get(group)), side, sizes);
  }
  const lines = edges.map((edge, i) => lineOf(edge, places, pieces[i] && bendsOf(pieces[i], graphs, corners)));
  const frames = [...parents.keys()].map((group) => ({ group, ...corners.get(group), ...sizeOf(graphs.get(group)) }));
  return { places, lines, frames, ...sizeOf(graphs.get(0)) };
}

function newGraph() {
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "TB", nodesep: GAP.boxes, ranksep: GAP.rows, marginx: PAD, marginy: PAD });
  return graph;
}

function sizeOf(graph) {
  const { width, height } = graph.graph();
  return { width, height };
}

// An edge, and the ports at its ends if it has any: where what a group gets comes in, and what it gives goes out.
function addEdge(graph, from, to) {
  for (const port of [from, to]) if (/^[<>]/.test(port)) graph.setNode(port, { width: 1, height: 1 });
  graph.setEdge(from, to, {});
}

// The pieces of an edge: out of the groups around its start, from group to group, and into those around its end.
function piecesOf({ from, to, tensor }, paths) {
  const [out, into] = [paths.get(from), paths.get(to)];
  const shared = out.findIndex((group, depth) => group !== into[depth]);
  const common = shared === -1 ? Math.min(out.length, into.length) : shared;
  const inner = (path, id, depth) => (depth + 1 < path.length ? `m${path[depth + 1]}` : id);
  const pieces = [];
  for (let depth = out.length - 1; depth >= common; depth--)
    pieces.push({ group: out[depth], from: inner(out, from, depth), to: `>${tensor}` });
  pieces.push({ group: out[common - 1], from: inner(out, from, common - 1), to: inner(into, to, common - 1) });
  for (let depth = common; depth < into.length; depth++)
    pieces.push({ group: into[depth], from: `<${tensor}`, to: inner(into, to, depth) });
  return pieces;
}

// The upper left corner of each group, from the outside to the inside. A group's label stands above its boxes.
function cornersOf(graphs, parents) {
  const corners = new Map([[0, { left: 0, top: 0, label: 0 }]]);
  for (const [group] of graphs) {
    if (!group) continue;
    const { x, y, width, height } = graphs.get(parents.get(group)).node(`m${group}`);
    const middle = moved({ x, y }, corners.get(parents.get(group)));
    corners.set(group, { left: middle.x - width / 2, top: middle.y - height / 2, label: LABEL });
  }
  return corners;
}

function moved({ x, y }, { left, top, label }) {
  return { x: x + left, y: y + top + label };
}

// The points between the ends of an edge: the bends of each piece, and the ports between the pieces.
function bendsOf(pieces, graphs, corners) {
  return pieces.flatMap(({ group, from, to }) => {
    const graph = graphs.get(group);
    const port = (name) => (/^[<>]/.test(name) ? [graph.node(name)] : []);
    const bends = [...port(from), ...graph.edge(from, to).points.slice(1, -1), ...port(to)];
    return bends.map((point) => moved(point, corners.get(group)));
  });
}

// The unfolded groups that a box lies in, the outermost first. A leaf lies where it is used.
function openPath(box) {
  const group = box.kind === "group" ? groups[box.group].parent : operations[box.operation ?? box.beside].group;
  return foldsOf(group).filter((i) => state.open.has(i));
}

// The points of an edge, and whether it goes across, from a leaf, or down, through the bends that dagre found.
function lineOf({ from, to }, places, bends) {
  const [start, end] = [places.get(from), places.get(to)];
  if (!bends && start.x !== end.x) {
    const side = Math.sign(end.x - start.x);
    const y = near(start.y, end.y, end.height / 2 - 10);
    return {
      across: true,
      points: [
        { x: start.x + (side * start.width) / 2, y: start.y },
        { x: end.x - (side * end.width) / 2, y },
      ],
    };
  }
  const between = bends ?? [];
  const first = { x: near(between.at(0)?.x ?? start.x, start.x, start.width / 2 - 14), y: start.y + start.height / 2 };
  const last = { x: near(between.at(-1)?.x ?? end.x, end.x, end.width / 2 - 14), y: end.y - end.height / 2 };
  return { across: false, points: [first, ...between, last] };
}

function near(x, middle, distance) {
  return Math.min(Math.max(x, middle - distance), middle + distance);
}
