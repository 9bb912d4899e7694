// Which boxes the picture has: operations, groups that are folded, and the leaves, one copy for each use.

const MOST = 150; // boxes, at any time
const COMFORTABLE = 60; // boxes, when the page is opened

let foldsChanged = false; // whether the reader has folded or unfolded anything

const partsOf = groups.map(() => 0);
operations.forEach(({ group }) => pathOf(group).forEach((i) => partsOf[i]++));

// The groups around an operation that can be folded: those of several operations, the outermost first.
function foldsOf(group) {
  return pathOf(group).filter((i) => partsOf[i] > 1);
}

// The box that an operation is in: "o12", or "g3" where a group around it is folded.
function boxOf(operation) {
  const folded = foldsOf(operations[operation].group).find((group) => !state.open.has(group));
  return folded === undefined ? `o${operation}` : `g${folded}`;
}

function isHidden(tensor, box) {
  const { kind } = tensors[tensor];
  if (inFormula(tensor)) return true;
  // A folded module has its parameters in it, and neighbours that were folded to save room have everything in it.
  return box.startsWith("g") && (kind !== "input" || !groups[Number(box.slice(1))].kind);
}

// All boxes, by their names, and the edges between them: { from, to, tensor }.
function pictureNow() {
  const boxes = new Map();
  const edges = new Map();
  const homes = operations.map((_, i) => boxOf(i));
  operations.forEach(({ inputs }, i) => {
    const home = homes[i];
    if (!boxes.has(home))
      boxes.set(
        home,
        home.startsWith("g") ? { kind: "group", group: Number(home.slice(1)) } : { kind: "operation", operation: i },
      );
    for (const input of inputs) {
      if (madeBy.has(input)) connect(edges, homes[madeBy.get(input)], home, input);
      else if (!isHidden(input, home)) {
        const leaf = `t${input}.${home}`;
        boxes.set(leaf, { kind: "leaf", tensor: input, beside: i });
        connect(edges, leaf, home, input);
      }
    }
  });
  return { boxes, edges: [...edges.values()] };
}

function connect(edges, from, to, tensor) {
  if (from !== to && !edges.has(`${from} ${to}`)) edges.set(`${from} ${to}`, { from, to, tensor });
}

// Unfold, from the outside, as much as can be read.
function unfoldAtFirst() {
  const inside = groups
    .map((_, i) => i)
    .slice(1)
    .filter((i) => partsOf[i] > 1)
    .sort((a, b) => pathOf(a).length - pathOf(b).length);
  for (const group of inside.slice(0, MOST)) {
    if (
      !foldsOf(group)
        .slice(0, -1)
        .every((outer) => state.open.has(outer))
    )
      continue;
    state.open.add(group);
    if (pictureNow().boxes.size > COMFORTABLE) state.open.delete(group);
  }
}

function unfold(group) {
  foldsChanged = true;
  for (const outer of foldsOf(group)) {
    state.open.delete(outer); // and added again, as the last one that was opened
    state.open.add(outer);
  }
  const wanted = new Set(foldsOf(group));
  for (const other of [...state.open]) {
    if (pictureNow().boxes.size <= MOST) break;
    if (!wanted.has(other)) state.open.delete(other);
  }
  tell("folds");
  document.querySelector(`[data-frame="${group}"]`)?.focus({ preventScroll: true });
}

function fold(group) {
  foldsChanged = true;
  state.open.delete(group);
  tell("folds");
  document.querySelector(`[data-box="g${group}"]`)?.focus({ preventScroll: true });
}
