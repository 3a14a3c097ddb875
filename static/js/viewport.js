// The picture in its frame. The view is the SVG's own viewBox: a part of the picture, drawn anew at every zoom, so it is always crisp.
import { LARGEST, NARROW, beginning, boxOf, firstOfChain, fitting, kept, legibleScale, revealing, seenFrom } from "./fitting.js";
import { listenToFingers, listenToKeys, listenToMouse, listenToWheel } from "./gestures.js";
import { Minimap } from "./minimap.js";
import { move, places, still } from "./motion.js";
import { Search } from "./search.js";

/** @typedef {import("./fitting.js").Box} Box */
/** @typedef {import("./fitting.js").Place} Place */

/** Limits of the zoom: pixels a unit has at most, and the part of the size at which all is seen. */
const CLOSEST = 6;
const FARTHEST = 0.15;
/** One press of a button, and how many milliseconds the view takes to get there. */
const STEP = 1.3;
const GLIDE = 180;

export class Viewport {
  #canvas;
  #stage;
  #tools;
  #minimap;
  /** @type {Box | null} the whole picture; null where there is none */
  #box = null;
  /** @type {Box[]} */
  #cards = [];
  #structure = "";
  #size = { width: 0, height: 0 };
  /** @type {Place} where the view stands, or is gliding to */
  #at = { x: 0, y: 0, scale: 1 };
  /** @type {Place} what is painted */
  #painted = { x: 0, y: 0, scale: 1 };
  /** @type {"start" | "all" | null} what the view keeps showing when the canvas gets another size; null once a person has moved it */
  #rule = "start";
  #gliding = 0;

  /** @param {HTMLElement} canvas holds the picture, which the server may have drawn already */
  constructor(canvas) {
    this.#canvas = canvas;
    this.#stage = canvas.parentElement;
    this.#tools = this.#stage.querySelector(".view-tools");
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "group");
    canvas.setAttribute("aria-label", "Picture: arrows move it, + and − zoom, 0 fits");
    this.#minimap = new Minimap(this.#stage.querySelector(".minimap"), (x, y) => this.centre(x, y));
    const search = new Search(this.#stage.querySelector(".finder"), canvas, this);
    listenToMouse(canvas, this);
    listenToWheel(canvas, this);
    listenToFingers(canvas, this);
    listenToKeys(canvas, this);
    const acts = {
      find: () => search.open(),
      out: () => this.step(-1),
      in: () => this.step(1),
      fit: () => this.fit(),
    };
    this.#tools.addEventListener("click", (event) => {
      acts[event.target.closest("[data-view]")?.dataset.view]?.();
    });
    canvas.addEventListener("focusin", ({ target }) => {
      if (target.matches(".card:focus-visible")) this.reveal(target.dataset.node);
    });
    // Paper has no view: all of the picture is printed.
    addEventListener("beforeprint", () => this.#box && this.#setViewBox(this.#box));
    addEventListener("afterprint", () => this.#paint());
    this.#take();
    new ResizeObserver(() => this.#resize()).observe(canvas);
  }

  /** The SVG; null where there is no picture. @returns {SVGSVGElement | null} */
  get svg() {
    return this.#canvas.querySelector("svg.graph");
  }

  /** What is seen, in units of the picture. @returns {Box} */
  get view() {
    return seenFrom(this.#at, this.#size);
  }

  /** Pixels a unit of the picture has. */
  get scale() {
    return this.#at.scale;
  }

  /** Whether all of the picture is in view. */
  get whole() {
    const { x, y, width, height } = this.view;
    const box = this.#box;
    const slack = 1 / this.#at.scale;
    return !box || (x <= box.x + slack && y <= box.y + slack
      && x + width >= box.x + box.width - slack && y + height >= box.y + box.height - slack);
  }

  /**
   * Another picture. One of the same structure keeps the view; cards of another move to their new places from where they stood.
   * @param {string} svg
   */
  show(svg) {
    const before = places(this.svg);
    const inside = this.#canvas.contains(document.activeElement);
    const focused = inside ? document.activeElement.closest("[data-node]")?.dataset.node : undefined;
    this.#canvas.innerHTML = svg;
    this.#take();
    if (focused !== undefined) this.#card(focused)?.focus({ preventScroll: true });
    // Where the focused card stands is seen at once: the cards move on their own.
    this.#stop();
    move(this.svg, before);
  }

  /** Moves the view. @param {number} dx pixels by which the picture moves to the right @param {number} dy and down */
  pan(dx, dy, smooth = false) {
    const { x, y, scale } = this.#at;
    this.#go({ x: x - dx / scale, y: y - dy / scale, scale }, smooth);
  }

  /** Moves the view's middle to a point of the picture. */
  centre(x, y, smooth = false) {
    this.#go({ x, y, scale: this.#at.scale }, smooth);
  }

  /**
   * @param {number} factor
   * @param {{x: number, y: number}} [around] the point of the window that stays where it is; else the middle of the canvas
   */
  zoom(factor, around, smooth = false) {
    if (!this.#box) return;
    const { x, y, scale } = this.#at;
    const all = fitting(this.#box, this.#size).scale;
    const wanted = Math.min(Math.max(scale * factor, all * FARTHEST), CLOSEST);
    const frame = this.#canvas.getBoundingClientRect();
    const dx = around ? around.x - frame.x - frame.width / 2 : 0;
    const dy = around ? around.y - frame.y - frame.height / 2 : 0;
    this.#go({ x: x + dx / scale - dx / wanted, y: y + dy / scale - dy / wanted, scale: wanted }, smooth);
  }

  /**
   * As much nearer, or farther, as one press of a button brings.
   * @param {1 | -1} sign
   * @param {{x: number, y: number}} [around]
   */
  step(sign, around) {
    this.zoom(STEP ** sign, around, true);
  }

  /** All of the picture. */
  fit() {
    if (!this.#box) return;
    this.#go(this.#fitting(), true);
    this.#rule = "all";
  }

  /**
   * Moves a card into view, if it is not.
   * @param {string} node
   * @param {boolean} legible whether the view comes nearer, too, where numbers are too small to read
   */
  reveal(node, legible = false) {
    const card = this.#card(node);
    if (!card || !this.#size.width) return;
    const scale = legible ? Math.max(this.#at.scale, legibleScale(this.svg)) : this.#at.scale;
    const place = revealing({ ...this.#at, scale }, boxOf(card), this.#size);
    if (place.x !== this.#at.x || place.y !== this.#at.y || scale !== this.#at.scale) this.#go(place, true);
  }

  #card(node) {
    return this.#canvas.querySelector(`.card[data-node="${CSS.escape(node)}"]`);
  }

  /** Takes over the picture that stands in the canvas. */
  #take() {
    cancelAnimationFrame(this.#gliding);
    const svg = this.svg;
    this.#tools.hidden = !svg;
    const [x, y, width, height] = svg ? svg.getAttribute("viewBox").split(" ").map(Number) : [];
    this.#box = svg && { x, y, width, height };
    const cards = svg ? [...svg.querySelectorAll(".card")] : [];
    this.#cards = cards.map(boxOf);
    this.#minimap.draw(this.#box, cards.map((card, number) => ({ card, box: this.#cards[number] })));
    const structure = JSON.stringify([this.#box, cards.map((card) => card.dataset.node), this.#cards]);
    if (structure !== this.#structure) this.#rule = "start";
    this.#structure = structure;
    // The browser lays the text out for each scale: it is shown when the view is known, so that this is done once.
    svg?.style.setProperty("display", "none");
    this.#measure();
    this.#apply();
    svg?.style.removeProperty("display");
  }

  #measure() {
    if (this.#box) {
      // How tall the canvas likes to be where the page scrolls and gives it no height of its own.
      const wide = Math.min(LARGEST, this.#canvas.clientWidth / this.#box.width);
      const scale = this.#canvas.clientWidth < NARROW ? Math.max(wide, legibleScale(this.svg)) : wide;
      this.#canvas.style.setProperty("--tall", `${Math.ceil(this.#box.height * scale)}px`);
    }
    this.#size = { width: this.#canvas.clientWidth, height: this.#canvas.clientHeight };
  }

  #resize() {
    const { width, height } = this.#size;
    this.#measure();
    if (width !== this.#size.width || height !== this.#size.height) this.#apply();
  }

  /** The view as its rule has it; else where it is. */
  #apply() {
    if (!this.#box || !this.#size.width || !this.#size.height) return;
    const rule = this.#rule;
    this.#go(rule === "start" ? this.#starting() : rule === "all" ? this.#fitting() : this.#at, false);
    this.#rule = rule;
  }

  /** @returns {Place} */
  #fitting() {
    // The tools keep as far from the corner as they keep from what is around them.
    const margin = 2 * parseFloat(getComputedStyle(this.#tools).marginBottom);
    const tools = { width: this.#tools.offsetWidth + margin, height: this.#tools.offsetHeight + margin };
    return fitting(this.#box, this.#size, this.#cards, tools);
  }

  /** All of the picture; where that would be too small to read on a small screen, where the chain to the loss begins. @returns {Place} */
  #starting() {
    const all = this.#fitting();
    const scale = legibleScale(this.svg);
    if (this.#size.width >= NARROW || all.scale >= scale) return all;
    const card = this.#card(firstOfChain(this.svg) ?? "") ?? this.svg.querySelector(".card");
    return card ? beginning(this.#box, this.#size, boxOf(card), scale) : all;
  }

  /** @param {Place} place */
  #go(place, smooth) {
    if (!this.#box || !this.#size.width) return;
    this.#rule = null;
    this.#at = kept(place, this.#box, this.#size);
    cancelAnimationFrame(this.#gliding);
    if (smooth && !still()) this.#glide({ ...this.#painted }, performance.now());
    else this.#stop();
  }

  /** From one view to where it stands by now. Its width changes evenly, so the point that is zoomed around does not sway. */
  #glide(from, start) {
    const part = Math.min(1, Math.max(0, performance.now() - start) / GLIDE);
    const eased = 1 - (1 - part) ** 3;
    const between = (a, b) => a + (b - a) * eased;
    const at = this.#at;
    this.#painted = { x: between(from.x, at.x), y: between(from.y, at.y), scale: 1 / between(1 / from.scale, 1 / at.scale) };
    this.#paint();
    if (part < 1) this.#gliding = requestAnimationFrame(() => this.#glide(from, start));
  }

  /** Ends a glide where it leads. */
  #stop() {
    cancelAnimationFrame(this.#gliding);
    this.#painted = { ...this.#at };
    this.#paint();
  }

  #paint() {
    if (!this.#box || !this.#size.width || !this.#size.height) return;
    const seen = seenFrom(this.#painted, this.#size);
    this.#setViewBox(seen);
    this.#minimap.frame(seen, this.whole);
  }

  /** @param {Box} box */
  #setViewBox({ x, y, width, height }) {
    this.svg?.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
  }
}
