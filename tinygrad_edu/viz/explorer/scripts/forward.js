// The panel of a step forward, of the seed, and of the end.

function forwardBody(operation) {
  const { inputs, output } = operation;
  const result = arrayAt(tensors[output].value);
  const position = () => chosenOf(output);
  const choices = (input) => (at) => chooseMeeting(operation, input, at);
  const seen = inputs.filter((input) => !inFormula(input)); // a bare number is read in the formula
  const figures = seen.map((input) =>
    show(arrayAt(tensors[input].value), { title: nameOf(input), pick: choices(input) }),
  );
  const made = show(result, { title: nameOf(output), kind: "result", pick: (at) => choose(output, at) });
  refresh.push(() => {
    made.mark([position()]);
    const met = result ? meeting(operation, position()) : inputs.map(() => []);
    figures.forEach((one, i) => one.mark(met[inputs.indexOf(seen[i])]));
  });
  const row = figures.map(({ node }) => node);
  const line = paragraph("numbers", () => valueLine(operation, position()));
  return [element("div", { class: "equation inputs" }, row, term("\u2192", made.node)), chooser(output), line];
}

// For each input, the elements that meet in an element of the output, as far as that is known.
function meeting({ inputs, output, product }, position) {
  const shape = tensors[output].shape;
  const arrays = inputs.map((i) => arrayAt(tensors[i].value));
  if (product && inputs.length >= 2 && arrays[0] && arrays[1]) {
    const terms = productTerms({ product }, arrays, position, shape);
    return inputs.map((_, i) =>
      i === 0
        ? terms.map(({ at }) => at)
        : i === 1
          ? terms.map(({ from }) => from)
          : [indexOf(position, shape)[shape.length - 1]],
    );
  }
  return arrays.map((array) => {
    const fits =
      array &&
      array.shape.length <= shape.length &&
      array.shape.every((n, axis) => n === 1 || n === shape[axis + shape.length - array.shape.length]);
    return fits ? [narrowed(position, shape, array.shape)] : [];
  });
}

// Choose an element of the output that an element of an input takes part in.
function chooseMeeting(operation, input, at) {
  const { output } = operation;
  const size = count(tensors[output].shape);
  const slot = operation.inputs.indexOf(input);
  if (size > 5000) return;
  for (let position = 0; position < size; position++) {
    if (meeting(operation, position)[slot].includes(at)) return choose(output, position);
  }
}

function seedBody() {
  const seed = arrayAt(page.seed);
  const made = show(seed, { title: gradientName(page.root), kind: "result" });
  const check = checkLine(page.root, chosenOf(page.root));
  return [element("div", { class: "equation" }, made.node), check ?? ""];
}

function endBody() {
  const leaves = tensors
    .map((tensor, i) => ({ tensor, i }))
    .filter(({ tensor }) => tensor.kind === "parameter" && tensor.grad !== null);
  return leaves.slice(0, 50).map(({ tensor, i }) => {
    const value = show(arrayAt(tensor.value), { title: nameOf(i), pick: (at) => choose(i, at) });
    const gradient = show(arrayAt(tensor.grad), {
      title: gradientName(i),
      kind: "result",
      pick: (at) => choose(i, at),
    });
    refresh.push(() => [value, gradient].forEach((one) => one.mark([chosenOf(i)])));
    const check = paragraph("checks", () => [checkLine(i, chosenOf(i)) ?? ""]);
    return element(
      "section",
      { class: "share" },
      element("h3", {}, element("span", { class: "name" }, nameOf(i))),
      element("div", { class: "equation" }, value.node, gradient.node),
      chooser(i),
      check,
    );
  });
}
