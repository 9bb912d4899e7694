// The data of the page, and its arrays: numbers out of base64, positions as indices and back.
"use strict";

const page = JSON.parse(document.getElementById("data").textContent);

const TYPES = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
};

function decode(text, stored) {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
  return new TYPES[stored](bytes.buffer);
}

// An array: its shape, dtype and size, whether all its numbers are the `same`, and get(position), which is
// undefined for a number that is not in the page. Of one that is not `whole` there is a `coarse` one.
function readArray(record) {
  const size = count(record.shape);
  const array = { shape: record.shape, dtype: record.dtype, size, statistics: record.statistics ?? null };
  if (record.fill !== undefined) {
    const number = decode(record.fill, record.stored)[0];
    return { ...array, whole: true, same: true, get: () => number };
  }
  const numbers = decode(record.data, record.stored);
  if (!record.statistics) return { ...array, whole: true, get: (i) => numbers[i] };
  const places = new Map(record.at.map((position, i) => [position, numbers[i]]));
  return { ...array, whole: false, coarse: readArray(record.coarse), plane: record.plane, get: (i) => places.get(i) };
}

const decoded = new Map();

function arrayAt(number) {
  if (number === null || number === undefined) return null;
  if (!decoded.has(number)) decoded.set(number, readArray(page.arrays[number]));
  return decoded.get(number);
}

function count(shape) {
  return shape.reduce((product, n) => product * n, 1);
}

function indexOf(position, shape) {
  const index = new Array(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = position % shape[axis];
    position = Math.floor(position / shape[axis]);
  }
  return index;
}

function positionOf(index, shape) {
  return index.reduce((position, i, axis) => position * shape[axis] + i, 0);
}

// The element of a small array that NumPy repeats at an element of a large one.
function narrowed(position, from, to) {
  const index = indexOf(position, from).slice(from.length - to.length);
  return positionOf(
    index.map((i, axis) => (to[axis] === 1 ? 0 : i)),
    to,
  );
}

// The positions in an array of shape `to` at which element `position` of an array of shape `from` is repeated.
function copiesOf(position, from, to) {
  if (String(from) === String(to)) return [position];
  const index = indexOf(position, from);
  const added = to.length - from.length;
  let found = [[]];
  to.forEach((n, axis) => {
    const fixed = axis >= added && from[axis - added] === n;
    const choices = fixed ? [index[axis - added]] : [...Array(n).keys()];
    found = found.flatMap((start) => choices.map((i) => [...start, i]));
  });
  return found.map((place) => positionOf(place, to));
}

const largestSizes = new Map();

// The largest absolute value among the finite numbers of an array.
function largestOf(array) {
  if (!largestSizes.has(array)) {
    let largest = 0;
    for (let i = 0; i < array.size; i++) {
      const size = Math.abs(Number(array.get(i)));
      if (size > largest && size !== Infinity) largest = size;
    }
    largestSizes.set(array, largest);
  }
  return largestSizes.get(array);
}
