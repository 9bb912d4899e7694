// The steps: each operation forward, the seed, each node backward, the end; and the words that say why.

const { tensors, operations, visits, groups } = page;

const steps = [
  ...operations.map((_, i) => ({ kind: "forward", operation: i })),
  { kind: "seed" },
  ...visits.map((visit, i) => ({ kind: "backward", visit: i, operation: visit.operation })),
  { kind: "end" },
];
const SEED = operations.length;
const END = steps.length - 1;

const madeBy = new Map(operations.map((operation, i) => [operation.output, i]));
const visitOf = new Map(visits.map((visit, i) => [visit.operation, i]));

// For each tensor: the steps that use it on the way forward, and those that send it a share on the way back.
const usedAt = tensors.map(() => []);
operations.forEach((operation, i) => new Set(operation.inputs).forEach((input) => usedAt[input].push(i)));
const sharesOf = tensors.map(() => []);
visits.forEach((visit, i) =>
  visit.shares.forEach((share) => sharesOf[share.tensor].push({ step: SEED + 1 + i, share })),
);

function backwardStep(operation) {
  return visitOf.has(operation) ? SEED + 1 + visitOf.get(operation) : null;
}

// How much of a tensor's gradient there is once a step is done: nothing, some shares of it, all.
function gradientAt(tensor, step) {
  if (tensors[tensor].grad === null) return { come: 0, of: 0, array: null };
  if (tensor === page.root && step >= SEED) return { come: 1, of: 1, array: arrayAt(tensors[tensor].grad) };
  const come = sharesOf[tensor].filter((one) => one.step <= step);
  const array = come.length ? arrayAt(come[come.length - 1].share.sum) : null;
  return { come: come.length, of: sharesOf[tensor].length, array };
}

// What gradientAt says in the course of a pass: the first few states, and the last.
function gradientStates(tensor) {
  const when = sharesOf[tensor].map(({ step }) => step);
  return [...new Set([...when.slice(0, 8), END])].map((step) => gradientAt(tensor, step));
}

// Whether a tensor is a bare number, which stands in the formula as it is.
function inFormula(tensor) {
  return tensors[tensor].kind === "constant" && count(tensors[tensor].shape) < 2;
}

function isComputed(tensor, step) {
  return !madeBy.has(tensor) || madeBy.get(tensor) <= step;
}

function phaseText(step) {
  const { kind, operation, visit } = steps[step];
  if (kind === "forward") return `Forward ${operation + 1} of ${operations.length}`;
  if (kind === "seed") return "The turning point";
  return kind === "end" ? "The end" : `Backward ${visit + 1} of ${visits.length}`;
}

function titleText(step) {
  const { kind, operation } = steps[step];
  if (kind === "seed") return `${gradientName(page.root)} = 1`;
  if (kind === "end") return "All gradients are there";
  const { op, output } = operations[operation];
  return kind === "forward" ? briefly(operation) : `back through ${op}, which made ${tensors[output].name}`;
}

// An operation in a few letters: its formula, or else the name of what it makes.
function briefly(operation) {
  const { formula, op, output } = operations[operation];
  const name = nameOf(output);
  return formula.text.length <= 24 ? formula.text : name.startsWith(op) ? name : `${name} (${op})`;
}

function searchText(step) {
  const { operation } = steps[step];
  if (operation === undefined) return titleText(step).toLowerCase();
  const { op, inputs, output, place } = operations[operation];
  const names = [...inputs, output].map((i) => tensors[i].name);
  return [op, ...names, ...(place ?? []), ...pathOf(operations[operation].group).map((g) => groups[g].name)]
    .join(" ")
    .toLowerCase();
}

// The groups that a group lies in, the outermost first, without the whole graph.
function pathOf(group) {
  const path = [];
  for (; group > 0; group = groups[group].parent) path.unshift(group);
  return path;
}

function nameOf(tensor) {
  return tensors[tensor].name;
}

function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

// What its gradient is called: dL/dw, dL/d(mul₁).
function gradientName(tensor) {
  return tensors[tensor].gradient;
}

// Why a step comes when it comes.
function reason(step) {
  const { kind, operation, visit } = steps[step];
  if (kind === "seed") return seedReason();
  if (kind === "end") return endReason();
  return kind === "forward" ? forwardReason(operation) : backwardReason(operation, visit);
}

function forwardReason(number) {
  const { inputs, output } = operations[number];
  const computed = [...new Set(inputs)].filter((i) => madeBy.has(i)).map(nameOf);
  const known = computed.length
    ? `${listed(computed)} ${computed.length > 1 ? "are" : "is"} known by now`
    : "all it needs was given";
  const uses = usedAt[output].length;
  const later =
    uses > 1 ? ` ${nameOf(output)} will be used ${uses} times, so ${uses} shares will come back to it.` : "";
  return `It can be computed because ${known}. What it will need on the way back, it keeps.${later}`;
}

function seedReason() {
  const root = nameOf(page.root);
  const several = count(tensors[page.root].shape) > 1;
  return (
    `L is ${root} itself. If ${root} grows by a little, L grows by as much: that is a slope of 1, and everything ` +
    `else follows from it by the chain rule.` +
    (several ? ` ${root} has several elements; L is their sum, weighted by this seed.` : "")
  );
}

function endReason() {
  const leaves = tensors.filter((tensor) => tensor.kind === "parameter" && tensor.grad !== null).length;
  const reached = plural(leaves, "leaf has its gradient", "leaves have their gradients");
  return (
    `Every share has been sent. ${reached}: the slope of L along each of their elements. ` +
    `backward() puts it into .grad.`
  );
}

function backwardReason(number, visit) {
  const { output } = operations[number];
  const senders = sharesOf[output].map(({ step }) => nameOf(operations[steps[step].operation].output));
  if (output === page.root)
    return `The way back begins here, at what made ${nameOf(output)}: its gradient is the seed, and complete.`;
  const users = unique(senders);
  const sent = senders.length === 1 ? "share" : `${senders.length} shares`;
  const all =
    users.length === 1 ? `the only thing that used it, has sent its ${sent}` : `which used it, have sent their ${sent}`;
  const others = waitingAfter(SEED + 1 + visit, number);
  const younger = others.length
    ? ` Of the nodes that wait it is the youngest, so nothing can still send it a share.`
    : "";
  const complete = `the gradient of ${nameOf(output)} is complete: ${listed(users)}, ${all}`;
  return `This node comes now because ${complete}.${younger}`;
}

function unique(items) {
  return [...new Set(items)];
}

// The nodes that have got a share before a step and have not had their turn.
function waitingAfter(step, number) {
  const waiting = new Set();
  for (let i = SEED + 1; i < step; i++) {
    for (const share of visits[steps[i].visit].shares)
      if (madeBy.has(share.tensor)) waiting.add(madeBy.get(share.tensor));
    waiting.delete(steps[i].operation);
  }
  waiting.delete(number);
  return [...waiting];
}
