// Nested lists of numbers, as inputs have them: read from text, measured, turned, put into another shape. Nothing here touches the page.

/** @typedef {number | string} Leaf a number, or text: a number as it is written, or what is none */
/** @typedef {Leaf | Nested[]} Nested */

const NUMBER = /^[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?)$/i;
const SPECIAL = /^([+-]?)(nan|inf|infinity)$/i;

/**
 * Text as a number where it is one; anything else stays as it is, for the server to say what is wrong with it.
 * What JSON has no numbers for is spelled as the server spells it.
 * @param {string} text
 * @returns {Leaf}
 */
export function number(text) {
  const plain = text.trim().replaceAll("−", "-");
  // What is too large for a number stays text, and the server says so.
  if (NUMBER.test(plain)) return Number.isFinite(Number(plain)) ? Number(plain) : plain;
  const special = SPECIAL.exec(plain);
  if (!special) return plain;
  return special[2].toLowerCase() === "nan" ? "NaN" : `${special[1] === "-" ? "-" : ""}Infinity`;
}

/**
 * What was pasted: a list as JSON or Python writes it, or rows of cells as a spreadsheet copies them, with tabs, commas, semicolons
 * or spaces between. Leaves stay text, so that 0.50 stays 0.50, but in JSON.
 * @param {string} text
 * @returns {Nested[]} a list of rows, or a deeper list
 */
export function pasted(text) {
  const plain = text.trim().replace(/\b((np|numpy|torch|jnp)\.)?(array|asarray|tensor)\s*\(/g, "(");
  if (plain.startsWith("[")) {
    try {
      const found = JSON.parse(plain);
      const plainly = found.flat(Infinity).every((leaf) => typeof leaf === "number" || typeof leaf === "string");
      if (plainly && sizesOf(found)) return found.some(Array.isArray) ? found : [found];
    } catch {
      // Then it is read as rows: NumPy leaves out the commas, Python has brackets of another kind.
    }
  }
  const rows = plain.replace(/\]\s*,/g, "\n").replace(/[[\]()]/g, " ").split(/\r?\n/);
  return rows.map((row) => row.trim().split(/[\s,;]+/).filter(Boolean)).filter((row) => row.length);
}

/**
 * The sizes along the axes: [] of a single number, [3] of a vector; null where the rows are not of one length.
 * @param {Nested} nested
 * @returns {number[] | null}
 */
export function sizesOf(nested) {
  if (!Array.isArray(nested)) return [];
  const first = nested.length ? sizesOf(nested[0]) : [];
  const alike = (item) => (Array.isArray(item) ? sizesOf(item)?.join() === first?.join() : first?.length === 0);
  return first && nested.every(alike) ? [nested.length, ...first] : null;
}

/** @param {number[]} sizes */
export const count = (sizes) => sizes.reduce((product, size) => product * size, 1);

/**
 * A list of these sizes, where `leaf` says what stands at an index.
 * @param {number[]} sizes
 * @param {(index: number[]) => Leaf} leaf
 * @param {number[]} index
 * @returns {Nested}
 */
export function nest(sizes, leaf, index = []) {
  if (index.length === sizes.length) return leaf(index);
  return Array.from({ length: sizes[index.length] }, (_, place) => nest(sizes, leaf, [...index, place]));
}

/** What stands at an index, or undefined. */
export const at = (nested, index) => index.reduce((list, place) => (Array.isArray(list) ? list[place] : undefined), nested);

/**
 * The same list with one leaf replaced. Lists on the way to it are made anew, as others may hold the old one.
 * @param {Nested} nested
 * @param {number[]} index
 * @param {Leaf} leaf
 * @returns {Nested}
 */
export function replaced(nested, index, leaf) {
  if (index.length === 0) return leaf;
  return nested.map((item, place) => (place === index[0] ? replaced(item, index.slice(1), leaf) : item));
}

/** @param {(leaf: Leaf) => Leaf} change */
export const mapped = (nested, change) => (Array.isArray(nested) ? nested.map((item) => mapped(item, change)) : change(nested));

/** With its axes in the opposite order, as `.T` has it. */
export function transposed(nested) {
  return nest([...sizesOf(nested)].reverse(), (index) => at(nested, [...index].reverse()));
}

/**
 * In another shape. As many numbers as before keep their order: a vector becomes a column. Otherwise each stays where it stands,
 * rows below rows, and what was not there before is 0.
 * @param {Nested} nested a number, a vector or a matrix
 * @param {number[]} sizes of at most two axes
 */
export function reshaped(nested, sizes) {
  const rows = rowsOf(nested);
  const flat = rows.flat();
  const keep = flat.length === count(sizes);
  return nest(sizes, (index) => {
    const [row, column] = [index.length > 1 ? index[0] : 0, index.at(-1) ?? 0];
    return (keep ? flat[row * sizes.at(-1) + column || 0] : rows[row]?.[column]) ?? "0";
  });
}

/** A number, a vector or a matrix as the rows of a table: a vector is one row, a number one cell. */
export function rowsOf(nested) {
  if (!Array.isArray(nested)) return [[nested]];
  return Array.isArray(nested[0]) ? nested : [nested];
}
