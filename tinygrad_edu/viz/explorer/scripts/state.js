// What the reader is looking at. Whoever shows it subscribes; it is kept in the address, where that is allowed.

const state = {
  step: 0,
  chosen: new Map(), // of tensors, the position of the element that was pointed at
  last: null, // the tensor whose element was chosen last
  open: new Set(), // groups that are unfolded
  playing: false,
};
const watchers = { step: [], element: [], folds: [], playing: [] };

function watch(what, show) {
  watchers[what].push(show);
}

function tell(what) {
  for (const show of watchers[what]) show();
  if (what !== "playing") keepInAddress();
}

function goTo(step) {
  const next = Math.min(Math.max(step, 0), END);
  if (next === state.step) return;
  state.step = next;
  tell("step");
}

function choose(tensor, position) {
  if (chosenOf(tensor) === position && state.last === tensor) return;
  state.chosen.set(tensor, position);
  state.last = tensor;
  tell("element");
}

function chosenOf(tensor) {
  return state.chosen.get(tensor) ?? tensors[tensor].shown;
}

// #step=12&element=3.41&open=1.4: the step, the element of a tensor, the unfolded groups where they were changed.
function addressText() {
  const parts = [`step=${state.step + 1}`];
  if (state.last !== null) parts.push(`element=${state.last}.${chosenOf(state.last)}`);
  if (foldsChanged) parts.push(`open=${[...state.open].join(".")}`);
  return `#${parts.join("&")}`;
}

let keeping = null;

// A page in a frame may not change its address, and one that plays must not change it too often.
function keepInAddress() {
  clearTimeout(keeping);
  keeping = setTimeout(() => {
    try {
      history.replaceState(null, "", addressText());
    } catch {
      // The page works without.
    }
  }, 200);
}

function readAddress() {
  const parts = new Map(
    location.hash
      .slice(1)
      .split("&")
      .map((part) => part.split("=")),
  );
  const step = Number(parts.get("step")) - 1;
  if (Number.isInteger(step) && step >= 0) state.step = Math.min(step, END);
  const [tensor, position] = (parts.get("element") ?? "").split(".").map(Number);
  if (tensors[tensor] && position >= 0 && position < count(tensors[tensor].shape)) {
    state.chosen.set(tensor, position);
    state.last = tensor;
  }
  if (parts.has("open")) {
    state.open = new Set(
      parts
        .get("open")
        .split(".")
        .filter(Boolean)
        .map(Number)
        .filter((group) => groups[group]),
    );
    foldsChanged = true;
  }
}
