// Numbers to begin with: all alike, or random from a seed. The same seed gives the same numbers, on any day and in any browser.
import { nest } from "./tensor.js";

/**
 * mulberry32, a generator of 32 bits with a state of 32 bits; its constants are those of its author.
 * Tommy Ettinger, 2017, public domain: https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 * @param {number} seed a whole number
 * @returns {() => number} uniform in [0, 1)
 */
export function uniform(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Standard normal numbers, by Box and Muller, "A Note on the Generation of Random Normal Deviates",
 * Annals of Mathematical Statistics 29 (1958). Of each pair only one is used: a grid is small.
 * @param {() => number} random
 */
export function normal(random) {
  // 1 − u is never 0, so its logarithm is a number. The order of the two draws is the order of the factors.
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/**
 * A seed of its own for each input, or weights of the same shape would be the same weights. FNV-1a over the name, 32 bits:
 * offset basis and prime as Fowler, Noll and Vo give them: http://www.isthe.com/chongo/tech/comp/fnv/
 */
function seedFor(name, seed) {
  let hash = 0x811c9dc5;
  for (const character of name) hash = Math.imul(hash ^ character.codePointAt(0), 0x01000193);
  return (hash ^ seed) >>> 0;
}

/**
 * How many numbers come together in one output, and to how many outputs one number goes, where an input is the weights of x @ w:
 * a matrix has a row for each input and a column for each output; a vector is the one column of x @ v; a single number is one weight.
 * Axes before the last two are places of a kernel, each with weights of its own, as Keras counts them.
 * @param {number[]} sizes
 * @returns {{into: number, out: number}}
 */
export function fans(sizes) {
  if (sizes.length < 2) return { into: sizes[0] ?? 1, out: 1 };
  const places = sizes.slice(0, -2).reduce((product, size) => product * size, 1);
  return { into: places * sizes.at(-2), out: places * sizes.at(-1) };
}

/** @type {{id: string, text: string, deviation: (sizes: number[]) => number, title: (sizes: number[]) => string}[]} */
export const FILLS = [
  { id: "zeros", text: "Zeros", title: () => "0 everywhere" },
  { id: "ones", text: "Ones", title: () => "1 everywhere" },
  { id: "normal", text: "Random normal", deviation: () => 1, title: () => "Normal numbers of mean 0 and variance 1" },
  {
    // Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", AISTATS 2010, equation 12.
    id: "xavier", text: "Xavier", deviation: (sizes) => Math.sqrt(2 / (fans(sizes).into + fans(sizes).out)),
    title: (sizes) => `Glorot and Bengio 2010: normal, of variance 2 / (fan in + fan out) = 2 / (${fans(sizes).into} + ${fans(sizes).out})`,
  },
  {
    // He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015, equation 10.
    id: "he", text: "He", deviation: (sizes) => Math.sqrt(2 / fans(sizes).into),
    title: (sizes) => `He and others 2015: normal, of variance 2 / fan in = 2 / ${fans(sizes).into}`,
  },
];

/**
 * Numbers of these sizes, random ones rounded to four significant digits, as one can read them.
 * @param {string} id of one of `FILLS`
 * @param {number[]} sizes
 * @param {string} name of the input
 * @param {number} seed
 */
export function filled(id, sizes, name, seed) {
  const { deviation } = FILLS.find((fill) => fill.id === id);
  if (!deviation) return nest(sizes, () => (id === "ones" ? 1 : 0));
  const draw = normal(uniform(seedFor(name, seed)));
  return nest(sizes, () => Number((draw() * deviation(sizes)).toPrecision(4)));
}
