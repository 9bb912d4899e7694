// The panel of a step back: the upstream gradient, and each share that is made of it.

function backwardBody(visit) {
  const operation = operations[visit.operation];
  const { output } = operation;
  const came = paragraph("numbers", () => upstreamLine(visit, output, chosenOf(output)));
  const check = paragraph("checks", () => [checkLine(output, chosenOf(output)) ?? ""]);
  const none = operation.inputs.filter((input) => tensors[input].grad === null).map(nameOf);
  const silent = none.length
    ? [
        element(
          "p",
          { class: "note" },
          `No gradient goes to ${listed(unique(none))}: ${none.length > 1 ? "they need" : "it needs"} none.`,
        ),
      ]
    : [];
  return [
    element(
      "section",
      { class: "came" },
      element("h3", {}, "The upstream gradient, ", element("span", { class: "name" }, gradientName(output))),
      came,
      check,
    ),
    ...visit.shares.map((share) => shareSection(visit, share)),
    ...silent,
  ];
}

// Point at an element of the upstream gradient: of each input, choose an element that takes from it.
function chooseUpstream(visit, at) {
  state.chosen.set(operations[visit.operation].output, at);
  for (const share of visit.shares) {
    const position = elementFrom(visit, share, at);
    if (position !== null) state.chosen.set(share.tensor, position);
  }
  state.last = operations[visit.operation].output;
  tell("element");
}

function shareSection(visit, share) {
  const operation = operations[visit.operation];
  const title = `share of ${nameOf(share.tensor)}`;
  const repeated = share.raw !== share.array && String(arrayAt(share.raw).shape) !== String(arrayAt(share.array).shape);
  const position = () => chosenOf(share.tensor);
  const pick = (at) => choose(share.tensor, at);
  const pickCopy = (c) => pick(narrowed(c, arrayAt(share.raw).shape, arrayAt(share.array).shape));
  const raw = repeated
    ? show(arrayAt(share.raw), { title: `${title}, each copy`, kind: "copies", pick: pickCopy })
    : null;
  const result = show(arrayAt(share.array), { title, kind: repeated ? "result gathered" : "result", pick });
  const { nodes, equals, mark } = factors(visit, share);
  refresh.push(() => {
    result.mark([position()]);
    raw?.mark(copiesOf(position(), arrayAt(share.array).shape, arrayAt(share.raw).shape));
    mark(position());
  });
  const last = raw ? [term(equals, raw.node), term("\u2192", result.node)] : [term(equals, result.node)];
  const equation = element("div", { class: "equation" }, ...nodes, ...last);
  const line = paragraph("numbers", () => shareLine(visit, share, position()));
  const sum = paragraph("sum", () => sumLine(share, position()));
  const complete = share.number + 1 === sharesOf[share.tensor].length;
  const check = complete ? paragraph("checks", () => [checkLine(share.tensor, position()) ?? ""]) : "";
  return element(
    "section",
    { class: "share" },
    element("h3", {}, share.formula ? mathematics(share.formula) : title),
    equation,
    repeated ? copiesText(share) : "",
    chooser(share.tensor),
    line,
    share === visit.shares[0] ? lineKey() : "",
    sumBar(share),
    sum,
    check,
    element("p", { class: "note" }, goesTo(operation, share)),
  );
}

// The two factors of a share: the upstream gradient, and the local derivative or what stands for it.
function factors(visit, share) {
  const { local } = share;
  const output = operations[visit.operation].output;
  const g = show(arrayAt(visit.grad), {
    title: gradientName(output),
    kind: "upstream",
    pick: (at) => chooseUpstream(visit, at),
  });
  if (!local || local.kind === "element") return { nodes: [g.node], equals: "\u2192", mark() {} };
  const other =
    local.kind === "product" && local.other !== null ? operations[visit.operation].inputs[local.other] : null;
  const shown =
    local.kind === "gather"
      ? { array: arrayAt(local.local), title: "local derivative" }
      : other !== null
        ? { array: arrayAt(tensors[other].value), title: nameOf(other) }
        : null;
  const second = shown && show(shown.array, { title: shown.title, kind: "local" });
  const mark = (position) => {
    const found = termsOf(visit, share, position);
    g.mark(found.terms.map(({ at }) => at));
    second?.mark(found.terms.map(({ from }) => from));
  };
  return second
    ? { nodes: [g.node, term("\u00d7", second.node)], equals: "=", mark }
    : { nodes: [g.node], equals: "\u2192", mark };
}

function copiesText(share) {
  const from = arrayAt(share.array).shape;
  const to = arrayAt(share.raw).shape;
  const times = count(to) / count(from);
  const what = from.length ? `${nameOf(share.tensor)} (${shapeText(from)})` : `${nameOf(share.tensor)}, one number,`;
  return element(
    "p",
    { class: "note" },
    `${what} was repeated ${times} times to meet ${shapeText(to)}. Each copy gets a share, and its own is their sum.`,
  );
}

function sumBar(share) {
  const all = sharesOf[share.tensor].length;
  if (all < 2 || all > 40) return "";
  const dots = range(0, all).map((i) =>
    element("span", { class: i < share.number ? "came" : i === share.number ? "came now" : "" }),
  );
  return element("div", { class: "bar", "aria-hidden": "true" }, dots);
}

function goesTo(operation, share) {
  const { kind } = tensors[share.tensor];
  const complete = share.number + 1 === sharesOf[share.tensor].length;
  if (madeBy.has(share.tensor))
    return complete
      ? `Now ${gradientName(share.tensor)} is complete, and what made ${nameOf(share.tensor)} can have its turn.`
      : `What made ${nameOf(share.tensor)} waits for the other shares.`;
  return kind === "parameter"
    ? `${nameOf(share.tensor)} is a leaf: the gradient stays there, in ${nameOf(share.tensor)}.grad.`
    : "";
}
