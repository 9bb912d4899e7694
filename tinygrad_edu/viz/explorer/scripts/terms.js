// What one element of a share is the sum of. See `local.py` for the forms that a local derivative has.

// Return { terms: [{ at, g, local }], more, rest }; null where it is not known.
// `at` is a position in the upstream gradient; `more` counts smaller terms that are left out, and `rest` is their sum.
function termsOf(visit, share, position) {
  const { local } = share;
  if (!local) return null;
  if (local.kind === "element") return local.shown === position ? givenTerms(local) : null;
  const from = arrayAt(share.array).shape;
  const to = arrayAt(share.raw).shape;
  const terms = copiesOf(position, from, to).flatMap((c) => FORMS[local.kind](visit, share, c));
  return { terms, more: 0, rest: 0 };
}

function givenTerms(local) {
  const [at, g, numbers] = [local.at, local.upstream, local.local].map(arrayAt);
  const terms = [...Array(at.size).keys()].map((i) => ({ at: at.get(i), g: g.get(i), local: numbers.get(i) }));
  return { terms, more: local.more, rest: arrayAt(local.rest).get(0) };
}

const FORMS = {
  gather(visit, { local }, c) {
    const at = local.at === null ? c : arrayAt(local.at).get(c);
    return [{ at, g: arrayAt(visit.grad).get(at), local: arrayAt(local.local).get(c), from: c }];
  },

  matrix(visit, { local }, c) {
    const [starts, rows, values] = [local.starts, local.rows, local.values].map(arrayAt);
    const terms = [];
    for (let i = starts.get(c); i < starts.get(c + 1); i++) {
      terms.push({ at: rows.get(i), g: arrayAt(visit.grad).get(rows.get(i)), local: values.get(i) });
    }
    return terms;
  },

  // The letters of the element are fixed; over all others, rows meet columns.
  product(visit, share, c) {
    const { upstream, other, letters, input } = share.local;
    const g = arrayAt(visit.grad);
    const factor = other === null ? null : arrayAt(tensors[operations[visit.operation].inputs[other]].value);
    const sizes = new Map();
    [...upstream].forEach((letter, axis) => sizes.set(letter, g.shape[axis]));
    [...letters].forEach((letter, axis) => sizes.set(letter, factor.shape[axis]));
    const fixed = new Map([...input].map((letter, axis) => [letter, indexOf(c, arrayAt(share.raw).shape)[axis]]));
    return everyIndex(fixed, sizes).map((index) => {
      const at = positionOf(
        [...upstream].map((letter) => index.get(letter)),
        g.shape,
      );
      const from =
        factor &&
        positionOf(
          [...letters].map((letter) => index.get(letter)),
          factor.shape,
        );
      return { at, g: g.get(at), local: factor ? factor.get(from) : 1, from };
    });
  },
};

// Every way to give the letters indices, some of them fixed.
function everyIndex(fixed, sizes) {
  let found = [new Map(fixed)];
  for (const [letter, n] of sizes) {
    if (fixed.has(letter)) continue;
    found = found.flatMap((index) => [...Array(n).keys()].map((i) => new Map(index).set(letter, i)));
  }
  return found;
}

// An element of the input whose share takes from a position of the upstream gradient: the one at hand if it does.
function elementFrom(visit, share, at) {
  const { local } = share;
  if (!local || local.kind === "element") return null;
  const now = chosenOf(share.tensor);
  if (termsOf(visit, share, now).terms.some((term) => term.at === at)) return now;
  const to = arrayAt(share.raw).shape;
  const c = FINDERS[local.kind](visit, share, at, to);
  if (c === null || c < 0) return null;
  const from = arrayAt(share.array).shape;
  return String(from) === String(to) ? c : narrowed(c, to, from);
}

const FINDERS = {
  gather(visit, { local, raw }, at) {
    if (local.at === null) return at;
    const places = arrayAt(local.at);
    for (let c = 0; c < arrayAt(raw).size; c++) if (places.get(c) === at) return c;
    return null;
  },

  matrix(visit, { local, raw }, at) {
    const [starts, rows] = [local.starts, local.rows].map(arrayAt);
    for (let c = 0; c < arrayAt(raw).size; c++) {
      for (let i = starts.get(c); i < starts.get(c + 1); i++) if (rows.get(i) === at) return c;
    }
    return null;
  },

  // The letters that the input shares with g come from the place in g, the others stay.
  product(visit, share, at, to) {
    const { upstream, input } = share.local;
    const g = new Map([...upstream].map((letter, axis) => [letter, indexOf(at, arrayAt(visit.grad).shape)[axis]]));
    const now = indexOf(chosenOf(share.tensor), to);
    return positionOf(
      [...input].map((letter, axis) => g.get(letter) ?? now[axis]),
      to,
    );
  },
};
