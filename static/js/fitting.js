// Where a view stands so that a picture, or a card of it, is seen. Only sums: the viewport measures, and moves.

/** @typedef {{x: number, y: number, width: number, height: number}} Box in units of the picture */
/** @typedef {{width: number, height: number}} Size in pixels */
/** @typedef {{x: number, y: number, scale: number}} Place the middle of the view, and how many pixels a unit has */

/** Pixels a unit has at most when all is shown: a tiny graph is not blown up. The server's ZOOM is the same. */
export const LARGEST = 1.4;
/** On canvases narrower than this, numbers smaller than so many pixels are not a beginning. */
export const NARROW = 560;
const LEGIBLE = 9;
/** Pixels of the picture that stay in view however far it is moved, and that are kept around a card that is revealed. */
const KEPT = 60;
const MARGIN = 24;

/** @param {SVGGElement} card @returns {Box} */
export function boxOf(card) {
  const { e: x, f: y } = card.transform.baseVal.getItem(0).matrix;
  const face = card.querySelector(".face");
  return { x, y, width: face.width.baseVal.value, height: face.height.baseVal.value };
}

/** The scale at which the numbers of the cards can be read. @param {SVGSVGElement} svg */
export function legibleScale(svg) {
  const text = svg.querySelector(".cell text");
  return Math.min(LARGEST, LEGIBLE / (text ? parseFloat(getComputedStyle(text).fontSize) : 10.5));
}

/** @param {Place} place @param {Size} size @returns {Box} what is seen from there */
export function seenFrom({ x, y, scale }, size) {
  const width = size.width / scale;
  const height = size.height / scale;
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/**
 * All of the picture, in the middle. Where a card would stand beneath the tools in the lower right corner, all of it stands above them.
 * @param {Box} box @param {Size} size @param {Box[]} cards @param {Size} tools
 * @returns {Place}
 */
export function fitting({ x, y, width, height }, size, cards = [], tools = { width: 0, height: 0 }) {
  const scale = Math.min(LARGEST, size.width / width, size.height / height);
  const place = { x: x + width / 2, y: y + height / 2, scale };
  const seen = seenFrom(place, size);
  const left = seen.x + seen.width - tools.width / scale;
  const top = seen.y + seen.height - tools.height / scale;
  if (!cards.some((card) => card.x + card.width > left && card.y + card.height > top)) return place;
  const above = fitting({ x, y, width, height }, { width: size.width, height: size.height - tools.height });
  return { ...above, y: above.y + tools.height / 2 / above.scale };
}

/**
 * Where the chain to the loss begins, at a scale at which it can be read. No empty paper is shown beside the picture while it has
 * more to show.
 * @param {Box} box @param {Size} size @param {Box} first the first card of the chain @param {number} scale
 * @returns {Place}
 */
export function beginning(box, size, first, scale) {
  const seen = seenFrom({ x: 0, y: 0, scale }, size);
  const within = (middle, start, whole, part) =>
    part >= whole ? start + whole / 2 : Math.min(Math.max(middle, start + part / 2), start + whole - part / 2);
  return {
    x: within(first.x + first.width / 2, box.x, box.width, seen.width),
    y: within(first.y + first.height / 2, box.y, box.height, seen.height),
    scale,
  };
}

/** The card that the chain to the loss begins with. @param {SVGSVGElement} svg @returns {string | undefined} */
export function firstOfChain(svg) {
  const edges = [...svg.querySelectorAll(".edge.chain")];
  const targets = new Set(edges.map((edge) => edge.dataset.target));
  return edges.map((edge) => edge.dataset.source).find((node) => !targets.has(node));
}

/**
 * The nearest place from which something of the picture is seen.
 * @param {Place} place @param {Box} box @param {Size} size
 * @returns {Place}
 */
export function kept({ x, y, scale }, box, size) {
  const seen = seenFrom({ x, y, scale }, size);
  const within = (middle, start, whole, part) => {
    const least = Math.min(KEPT / scale, whole / 2, part / 2);
    return Math.min(Math.max(middle, start + least - part / 2), start + whole - least + part / 2);
  };
  return { x: within(x, box.x, box.width, seen.width), y: within(y, box.y, box.height, seen.height), scale };
}

/**
 * The nearest place from which a card is seen, with some room around it.
 * @param {Place} place @param {Box} card @param {Size} size
 * @returns {Place}
 */
export function revealing({ x, y, scale }, card, size) {
  const seen = seenFrom({ x, y, scale }, size);
  const margin = MARGIN / scale;
  // Where there is no room for all of the card, its beginning is seen.
  const nudge = (start, length, from, whole) =>
    whole > length || from < start ? from - start : Math.max(0, from + whole - start - length);
  return {
    x: x + nudge(seen.x + margin, seen.width - 2 * margin, card.x, card.width),
    y: y + nudge(seen.y + margin, seen.height - 2 * margin, card.y, card.height),
    scale,
  };
}
