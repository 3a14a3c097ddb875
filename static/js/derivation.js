// How the gradient of the selected card comes about: fetched when the numbers rest for a moment, tied to the cards of the picture.

import { morph } from "./morph.js";
import { post } from "./post.js";

const PAUSE = 120;
/** While a number is dragged, the picture comes first: the derivation follows three times a second. */
export const DRAGGED = 330;

export class Derivation {
  #panel;
  #graph;
  #ask;
  #timer = 0;
  /** How often it was asked. */
  #asked = 0;
  #flying = false;
  /** Which parts the reader opened or closed, and what was chosen: they stay so. */
  #open = {};
  #chosen = {};
  /** What was chosen by hand, or by a link, of how it is told. */
  #told = {};
  #card;

  /**
   * @param {HTMLElement} panel
   * @param {HTMLElement} graph holds the cards, each with its `data-node`
   * @param {() => object} ask what POST /derivation takes, apart from what this part of the page asks itself
   */
  constructor(panel, graph, ask) {
    this.#panel = panel;
    this.#graph = graph;
    this.#ask = ask;
    this.#card = ask().select;
    panel.addEventListener("toggle", (event) => {
      const { part } = event.target.dataset;
      if (part) this.#open[part] = event.target.open;
      // The program is written when somebody looks.
      if (part === "code" && event.target.open && !panel.querySelector("[name=framework]")) this.update(0);
    }, true);
    panel.addEventListener("change", (event) => this.#choose(event.target));
    panel.addEventListener("click", (event) => this.#click(event));
    for (const [from, to] of [[panel, graph], [graph, panel]]) {
      from.addEventListener("pointerover", (event) => this.#point(event, to));
      from.addEventListener("focusin", (event) => this.#point(event, to));
    }
    this.#ready();
    // What fits depends on the width, on what is open, and on the letters, which may come late.
    new ResizeObserver(() => this.#reach()).observe(panel);
    document.fonts.ready.then(() => this.#reach());
  }

  /** Asks for the derivation anew, in a moment: while a number is scrubbed it follows, not at every pixel, but not only at the end. */
  update(pause = PAUSE) {
    this.#panel.classList.add("stale");
    this.#asked += 1;
    if (this.#timer && pause) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fetch(), pause);
  }

  /** How it is told, as far as that was chosen. */
  get chosen() {
    const { notation, order } = this.#told;
    return { notation, order };
  }

  /** Tells it in another way. @param {{notation?: string, order?: string}} told */
  choose(told) {
    this.#told = told;
    delete this.#chosen.notation;
    delete this.#chosen.order;
    for (const [name, value] of Object.entries(told)) if (value) this.#chosen[name] = value;
  }

  #choose(field) {
    if (!field.name || field.name === "select") return;
    this.#chosen[field.name] = field.value;
    // Each notation has an order of its own, until another is chosen.
    if (field.name === "notation") delete this.#chosen.order;
    if (field.name === "notation" || field.name === "order") {
      this.#told = { notation: this.#chosen.notation, order: this.#chosen.order };
      this.#panel.dispatchEvent(new CustomEvent("explained", { bubbles: true }));
    }
    this.update(0);
  }

  async #fetch() {
    this.#timer = 0;
    // One at a time: a slow answer is waited for, then the newest numbers are asked about.
    if (this.#flying) return;
    this.#flying = true;
    const asked = this.#asked;
    const { request, select } = this.#ask();
    // Which element is nudged is another matter for another card.
    if (this.#card !== select) delete this.#chosen.element;
    this.#card = select;
    const explained = { ...this.#chosen, ...(this.#open.code && { listed: "1" }) };
    try {
      const response = await post("/derivation", JSON.stringify({ request, select, explained }));
      const html = await response.text();
      if (response.ok) this.#show(html, select);
      else this.#panel.textContent = JSON.parse(html).detail;
      if (asked === this.#asked) this.#panel.classList.remove("stale");
    } catch {
      // The line says that the server does not answer; the last derivation stays, and looks it.
    }
    this.#flying = false;
    if (asked !== this.#asked && !this.#timer) this.#fetch();
  }

  #show(html, card) {
    // Of the same card most is as it was; another one is told from the beginning.
    const inside = this.#panel.contains(document.activeElement);
    if (this.#panel.dataset.card === card) morph(this.#panel, html);
    else this.#panel.innerHTML = html;
    if (inside && !this.#panel.contains(document.activeElement)) this.#panel.focus();
    this.#panel.dataset.card = card;
    for (const part of this.#panel.querySelectorAll("details")) {
      const open = this.#open[part.dataset.part] ?? part.open;
      if (part.open !== open) part.open = open;
    }
    this.#ready();
  }

  /** What needs this script is shown, and what a link or a form chose is kept. */
  #ready() {
    for (const button of this.#panel.querySelectorAll(".copy[hidden]")) button.hidden = false;
    for (const field of this.#panel.querySelectorAll("select[name], input:checked")) this.#chosen[field.name] ??= field.value;
    this.#reach();
  }

  /** Only what does not fit has to be reached by the keyboard, to be scrolled. */
  #reach() {
    for (const part of this.#panel.querySelectorAll(".math, .scroll, .as-code")) {
      part.tabIndex = part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight ? 0 : -1;
    }
  }

  #click(event) {
    const button = event.target.closest(".copy");
    if (event.target.closest("[name=listed]")) {
      event.preventDefault();
      this.update(0);
      return;
    }
    if (button) {
      this.#copy(button);
      return;
    }
    const node = event.target.closest("[data-node]")?.dataset.node;
    if (node) this.#panel.dispatchEvent(new CustomEvent("pick", { bubbles: true, detail: node }));
  }

  async #copy(button) {
    const text = button.dataset.copy ?? document.getElementById(button.dataset.copyFrom).textContent;
    const said = button.textContent;
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      // Without a clipboard the text is shown, to be copied by hand.
      button.replaceWith(Object.assign(document.createElement("input"), { className: "latex", value: text, readOnly: true }));
      return;
    }
    setTimeout(() => { button.textContent = said; }, 1200);
  }

  /** What is pointed at here lights up there. */
  #point(event, there) {
    const node = event.target.closest?.("[data-node]")?.dataset.node ?? event.target.closest?.("button[name=select]")?.value;
    for (const part of [this.#graph, this.#panel]) {
      for (const lit of part.querySelectorAll(".pointed")) lit.classList.remove("pointed");
    }
    if (node === undefined) return;
    for (const found of there.querySelectorAll(`[data-node="${CSS.escape(node)}"]`)) found.classList.add("pointed");
  }
}
