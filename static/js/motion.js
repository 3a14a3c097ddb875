// From one picture to the next: cards that stay move to their new places, what is new fades in.
import { boxOf } from "./fitting.js";

const TIME = 260;
const EASING = "cubic-bezier(0.3, 0, 0.2, 1)";
/** More than so many at once would stutter. */
const MANY = 400;

/** Whether nothing is to move: who asked for that, and who does not look, is shown the end at once. */
export function still() {
  return document.hidden || matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * @typedef {object} Place of a card on the screen
 * @property {number} x
 * @property {number} y
 * @property {number} unit pixels that a unit of the picture has there
 * @property {number} opacity
 */

/**
 * Where each card stands on the screen by now, in the middle of a movement too.
 * @param {SVGSVGElement | null} svg
 * @returns {Map<string, Place>}
 */
export function places(svg) {
  if (!svg || still()) return new Map();
  return new Map([...svg.querySelectorAll(".card")].map((card) => [card.dataset.node, placeOf(card)]));
}

/** The bar at a card's left begins in its corner, is as high, and has no line around it that would count. */
function placeOf(card) {
  const { x, y, height } = card.querySelector(".bar").getBoundingClientRect();
  return { x, y, unit: height / card.querySelector(".face").height.baseVal.value, opacity: Number(getComputedStyle(card).opacity) };
}

/**
 * Lets the cards of a new picture come from where they stood in the one before.
 * @param {SVGSVGElement | null} svg the new picture, in its place
 * @param {Map<string, Place>} before
 */
export function move(svg, before) {
  if (!svg || !before.size || still()) return;
  const cards = [...svg.querySelectorAll(".card")];
  if (cards.length > MANY) return;
  const timing = { duration: TIME, easing: EASING };
  // All places are read before anything is animated: the browser lays the page out once.
  const moves = cards
    .map((card) => ({ card, was: before.get(card.dataset.node), now: placeOf(card) }))
    .filter(({ was, now }) => !was || moved(was, now));
  if (!moves.length && cards.length === before.size) return;
  for (const { card, was, now } of moves) {
    if (!was) {
      card.animate([{ opacity: 0, offset: 0 }], timing);
      continue;
    }
    const { x, y } = boxOf(card);
    const from = `translate(${x + (was.x - now.x) / now.unit}px, ${y + (was.y - now.y) / now.unit}px) scale(${was.unit / now.unit})`;
    card.animate([{ transform: from }, { transform: `translate(${x}px, ${y}px) scale(1)` }], timing);
    if (was.opacity < now.opacity) card.animate([{ opacity: was.opacity, offset: 0 }], timing);
  }
  for (const part of svg.querySelectorAll(".edge, .box")) part.animate([{ opacity: 0, offset: 0 }], timing);
}

function moved(was, now) {
  return Math.hypot(was.x - now.x, was.y - now.y) > 0.5 || Math.abs(was.unit / now.unit - 1) > 0.01 || was.opacity < now.opacity - 0.01;
}
