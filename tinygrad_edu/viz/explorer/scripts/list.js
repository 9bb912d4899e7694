// The list of steps: all of the page without the picture. Of very long lists, the part around the current step.

const NEAR = 120; // steps to each side that are in the list
const list = document.getElementById("list");
const search = document.getElementById("search");
const found = document.getElementById("found");

let listed_ = { from: -1, to: -1, query: null };
let entries = new Map();

function matches() {
  const query = search.value.trim().toLowerCase();
  return query ? steps.map((_, i) => i).filter((i) => searchText(i).includes(query)) : null;
}

function showList() {
  const query = search.value.trim();
  const { step } = state;
  const inside = step >= listed_.from + Math.min(20, listed_.from) && step < listed_.to;
  if (query !== listed_.query || (!query && !inside)) fillList(query);
  for (const [i, entry] of entries) {
    if (i === step) entry.setAttribute("aria-current", "step");
    else entry.removeAttribute("aria-current");
  }
  const current = entries.get(step);
  if (current) keepVisible(current);
}

function fillList(query) {
  const hits = matches();
  const from = hits ? 0 : Math.max(state.step - NEAR, 0);
  const to = hits ? hits.length : Math.min(state.step + NEAR, steps.length);
  const shown = (hits ?? range(0, steps.length)).slice(from, Math.min(to, from + 2 * NEAR));
  listed_ = { from, to, query };
  entries = new Map();
  const parts = [];
  for (const phase of ["forward", "seed", "backward", "end"]) {
    const inPhase = shown.filter((i) => steps[i].kind === phase);
    if (inPhase.length) parts.push(phaseList(phase, inPhase));
  }
  if (!hits && from) parts.unshift(element("p", { class: "note" }, `${plural(from, "earlier step")} \u2026`));
  if (!hits && to < steps.length)
    parts.push(element("p", { class: "note" }, `${plural(steps.length - to, "later step")} \u2026`));
  list.replaceChildren(...parts);
  markFound(hits);
  found.textContent = hits ? `${plural(hits.length, "step")} found` : "";
}

// The boxes of the steps that were found.
function markFound(hits) {
  const operationsFound = (hits ?? []).map((i) => steps[i].operation).filter((operation) => operation !== undefined);
  const homes = new Set(operationsFound.map(boxOf));
  for (const [id, { button }] of drawn?.boxes ?? []) button.classList.toggle("hit", homes.has(id));
}

const PHASES = { forward: "Forward", seed: "The seed", backward: "Backward", end: "The end" };

function phaseList(phase, numbers) {
  const items = numbers.map((i) => {
    const button = element(
      "button",
      { type: "button", class: "entry", click: () => goTo(i) },
      element("span", { class: "count" }, String(i + 1)),
      element("span", { class: "words" }, entryText(i)),
    );
    entries.set(i, button);
    return element("li", {}, button);
  });
  return element(
    "div",
    { class: `phase-list ${phase}` },
    element("h2", {}, PHASES[phase]),
    element("ol", { role: "list" }, items),
  );
}

function entryText(step) {
  const { kind, visit } = steps[step];
  if (kind !== "backward") return titleText(step);
  const { operation, shares } = visits[visit];
  const to = listed(unique(shares.map(({ tensor }) => nameOf(tensor))));
  return `${nameOf(operations[operation].output)} sends ${shares.length > 1 ? "shares" : "a share"} to ${to}`;
}

// Scroll the list alone, never the page.
function keepVisible(entry) {
  const box = document.getElementById("steps");
  const [top, bottom] = [entry.offsetTop, entry.offsetTop + entry.offsetHeight];
  if (top < box.scrollTop + 60) box.scrollTop = top - 60;
  else if (bottom > box.scrollTop + box.clientHeight - 20) box.scrollTop = bottom - box.clientHeight + 20;
}

// Enter in the search: on to the next step that was found.
function goToNextFound() {
  const hits = matches() ?? [];
  if (hits.length) goTo(hits.find((i) => i > state.step) ?? hits[0]);
}
