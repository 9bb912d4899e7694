// Leaves beside the box that uses them: a box and its leaves are laid out as one.

// Pixels: to a leaf, from leaf to leaf, between neighbours, between rows.
const GAP = { leaf: 30, between: 8, boxes: 26, rows: 38 };

// For each box that is no leaf, its leaves: to the left and to the right, as they stand around its computed inputs; the
// only input stands above.
function sidesOf(boxes, edges) {
  const sides = new Map(
    [...boxes]
      .filter(([, { kind }]) => kind !== "leaf")
      .map(([id]) => [id, { before: [], after: [], computed: false }]),
  );
  for (const { from, to } of edges) {
    const side = sides.get(to);
    if (sides.has(from)) side.computed = true;
    else (side.computed ? side.after : side.before).push(from);
  }
  return new Map([...sides].map(([id, side]) => [id, balanced(side)]));
}

function balanced({ before, after, computed }) {
  const leaves = [...before, ...after];
  if (leaves.length === 1 && !computed) return { above: leaves[0], left: [], right: [] };
  const kept = computed ? before.length : Math.ceil(leaves.length / 2);
  const uneven = Math.abs(leaves.length - 2 * kept) > 1;
  const left = uneven ? Math.floor(leaves.length / 2) : kept;
  return { above: null, left: leaves.slice(0, left), right: leaves.slice(left) };
}

// The room of a box and its leaves: as wide to the left as to the right, so that the box is in the middle.
function roomFor({ width, height }, { above, left, right }, sizes) {
  if (above)
    return { width: Math.max(width, sizes.get(above).width), height: height + GAP.leaf + sizes.get(above).height };
  const beside = Math.max(stackSize(left, sizes).width, stackSize(right, sizes).width);
  const tall = Math.max(height, stackSize(left, sizes).height, stackSize(right, sizes).height);
  return { width: width + 2 * (beside ? beside + GAP.leaf : 0), height: tall };
}

function stackSize(ids, sizes) {
  const all = ids.map((id) => sizes.get(id));
  const height = all.reduce((sum, size) => sum + size.height, 0) + GAP.between * Math.max(ids.length - 1, 0);
  return { width: Math.max(0, ...all.map((size) => size.width)), height };
}

// Put a box and its leaves into their room, whose middle is known.
function placeTogether(places, id, { x, y }, side, sizes) {
  const { width, height } = sizes.get(id);
  const { above } = side;
  const down = above ? (sizes.get(above).height + GAP.leaf) / 2 : 0;
  places.set(id, { x, y: y + down, width, height });
  if (above) places.set(above, { x, y: y - (height + GAP.leaf) / 2, ...sizes.get(above) });
  placeStack(places, side.left, { x: x - width / 2 - GAP.leaf, y }, -1, sizes);
  placeStack(places, side.right, { x: x + width / 2 + GAP.leaf, y }, 1, sizes);
}

// Put leaves one below the other, beginning at x and going on in a direction, with y in their middle.
function placeStack(places, ids, { x, y }, direction, sizes) {
  let top = y - stackSize(ids, sizes).height / 2;
  for (const id of ids) {
    const { width, height } = sizes.get(id);
    places.set(id, { x: x + (direction * width) / 2, y: top + height / 2, width, height });
    top += height + GAP.between;
  }
}
