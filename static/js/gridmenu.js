// What can be done to an input as a whole, behind the button "⋯" beside it. One popup serves all inputs.
import { FILLS, filled } from "./fills.js";
import { at, nest, sizesOf, transposed } from "./tensor.js";

/** @typedef {import("./tensor.js").Nested} Nested */
/**
 * @typedef {object} Actions
 * @property {(field: Element) => Nested} content
 * @property {(field: Element, what: string, nested: Nested) => void} apply
 * @property {(field: Element) => void} load
 */

/** With one more or one less along an axis, counted from the last; what is new is 0. A single number becomes a vector. */
function grown(nested, axis, by) {
  const sizes = sizesOf(nested);
  if (sizes.length === 0) return [nested, "0"];
  sizes[sizes.length - axis] += by;
  return nest(sizes, (index) => at(nested, index) ?? "0");
}

/** Rows and columns are those of a table: further axes have none, and a vector is one row. */
const growing = (axis) => (sizes) => sizes.length === 0 || (sizes.length <= 2 && sizes.length >= axis);
const shrinking = (axis) => (sizes) => sizes.length > 0 && growing(axis)(sizes) && sizes[sizes.length - axis] > 1;

/** @type {{text: string, what: string, can: (sizes: number[]) => boolean, done: (nested: Nested) => Nested}[]} */
const CHANGES = [
  { text: "Add a row", what: "rows", can: growing(2), done: (nested) => grown(nested, 2, 1) },
  { text: "Remove a row", what: "rows", can: shrinking(2), done: (nested) => grown(nested, 2, -1) },
  { text: "Add a column", what: "columns", can: growing(1), done: (nested) => grown(nested, 1, 1) },
  { text: "Remove a column", what: "columns", can: shrinking(1), done: (nested) => grown(nested, 1, -1) },
  { text: "Transpose", what: "transpose", can: (sizes) => sizes.length > 1, done: transposed },
];

export class GridMenu {
  #actions;
  #panel;
  #popup;
  #seed;
  /** The button whose popup is open. */
  #button = null;
  /** The button that the pointer went down on while its popup was open: the click to come closes it. */
  #pressed = null;

  /**
   * @param {HTMLElement} panel
   * @param {Actions} actions
   */
  constructor(panel, actions) {
    this.#panel = panel;
    this.#actions = actions;
    this.#popup = this.#build();
    panel.addEventListener("pointerdown", (event) => (this.#pressed = event.target.closest(".more") && this.#button), { capture: true });
    panel.addEventListener("click", (event) => {
      const button = event.target.closest(".more");
      if (button && button !== this.#pressed) this.#open(button);
      this.#pressed = null;
    });
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" || !event.target.matches(".more")) return;
      event.preventDefault();
      this.#open(event.target);
    });
  }

  get #field() {
    return this.#button?.closest("fieldset");
  }

  #build() {
    const changes = CHANGES.map(({ text, what, can, done }) =>
      button(text, (nested) => can(sizesOf(nested)), (field, nested) => this.#actions.apply(field, what, done(nested)), () => ""),
    );
    changes.push(button("Load a file…", () => true, (field) => this.#load(field), () => "A table (.csv, .tsv, .txt), .npy or .npz"));
    const fills = FILLS.map(({ id, text, title }) => button(text, () => true, (field, nested) => {
      this.#actions.apply(field, "fill", filled(id, sizesOf(nested), field.dataset.input, Math.trunc(Number(this.#seed.value)) || 0));
    }, title));
    const title = "The same seed gives the same random numbers";
    this.#seed = element("input", { type: "number", min: "0", step: "1", value: "1", title });
    const label = element("label", {}, "Seed", this.#seed);
    const head = element("div", { className: "head" }, element("span", {}, "Fill with"), label);
    const group = element("div", { className: "choices", role: "group", ariaLabel: "Fill with" }, ...fills);
    const first = element("div", { className: "pairs" }, ...changes);
    const popup = element("div", { className: "change", popover: "auto", role: "dialog" }, first, head, group);
    popup.addEventListener("click", (event) => this.#click(event.target.closest("button")));
    popup.addEventListener("keydown", (event) => this.#walk(event));
    popup.addEventListener("toggle", (event) => {
      if (event.newState === "open") return;
      this.#button?.setAttribute("aria-expanded", "false");
      this.#button = null;
      document.removeEventListener("scroll", this.#place, { capture: true });
      window.removeEventListener("resize", this.#place);
    });
    return popup;
  }

  #open(button) {
    if (!this.#popup.isConnected) this.#panel.after(this.#popup);
    if (this.#button) this.#popup.hidePopover();
    this.#button = button;
    this.#popup.ariaLabel = button.ariaLabel;
    this.#refresh();
    this.#popup.showPopover();
    button.setAttribute("aria-expanded", "true");
    this.#place();
    this.#popup.querySelector("button:enabled").focus({ preventScroll: true });
    document.addEventListener("scroll", this.#place, { capture: true });
    window.addEventListener("resize", this.#place);
  }

  /** Beside the column of inputs, where there is room, so that the numbers stay in sight; else below its button, or above it. */
  #place = () => {
    if (!this.#button?.isConnected) {
      this.#popup.hidePopover();
      return;
    }
    const [at, column, box] = [this.#button, this.#field, this.#popup].map((item) => item.getBoundingClientRect());
    const beside = column.right + 10 + box.width + 8 <= innerWidth;
    const left = beside ? column.right + 10 : Math.max(8, at.right - box.width);
    const below = at.bottom + 4 + box.height + 8 <= innerHeight;
    const top = beside ? at.top - 4 : below ? at.bottom + 4 : at.top - 4 - box.height;
    this.#popup.style.left = `${left}px`;
    this.#popup.style.top = `${Math.max(8, Math.min(top, innerHeight - box.height - 8))}px`;
  };

  /** What can be done depends on the shape. */
  #refresh() {
    const nested = this.#actions.content(this.#field);
    const sizes = sizesOf(nested);
    for (const item of this.#popup.querySelectorAll("button")) {
      item.disabled = item !== this.#popup.querySelector(".load") && (sizes === null || !item.can(nested));
      item.title = sizes === null ? "Its rows are not of one length" : item.says(sizes);
    }
  }

  #click(item) {
    if (!item || !this.#field?.isConnected) return;
    const field = this.#field;
    item.act(field, this.#actions.content(field));
    // What was done may not be possible again.
    if (!this.#button) return;
    this.#refresh();
    if (item.disabled) this.#popup.querySelector("button:enabled").focus();
  }

  #load(field) {
    this.#popup.hidePopover();
    this.#actions.load(field);
  }

  /** The arrows go from button to button, as they are read; the seed keeps its own. */
  #walk(event) {
    if (event.target === this.#seed) {
      if (event.key === "Enter") event.preventDefault();
      return;
    }
    const items = [...this.#popup.querySelectorAll("button:enabled")];
    const here = items.indexOf(event.target);
    const next = { ArrowDown: here + 1, ArrowRight: here + 1, ArrowUp: here - 1, ArrowLeft: here - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    items.at(next % items.length).focus();
  }
}

/**
 * @param {string} text
 * @param {(nested: Nested) => boolean} can
 * @param {(field: Element, nested: Nested) => void} act
 * @param {(sizes: number[]) => string} says its title
 */
function button(text, can, act, says) {
  return Object.assign(element("button", { type: "button", className: text.startsWith("Load") ? "load" : "" }, text), { can, act, says });
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}
