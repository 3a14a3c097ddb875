// Every path between two values: fetched as a part of the page, tied to the edges of the picture.

import { morph } from "./morph.js";
import { post } from "./post.js";

export class Paths {
  #panel;
  #field;
  #light;
  #ask;
  #changed;
  #asked = 0;
  #timer = 0;

  /**
   * @param {HTMLElement} panel
   * @param {HTMLSelectElement} field the other value
   * @param {import("./light.js").Light} light
   * @param {() => {request: object, select: string} | null} ask
   * @param {() => void} changed called when another pair is chosen
   */
  constructor(panel, field, light, ask, changed) {
    this.#panel = panel;
    this.#field = field;
    this.#light = light;
    this.#ask = ask;
    this.#changed = changed;
    field.addEventListener("change", () => this.choose(field.value));
    panel.addEventListener("click", (event) => {
      if (!event.target.closest("[data-close-paths]")) return;
      this.choose("");
      field.focus();
    });
    for (const type of ["pointerover", "focusin"]) panel.addEventListener(type, (event) => this.#point(event.target));
    for (const type of ["pointerleave", "focusout"]) panel.addEventListener(type, () => this.#point(null));
  }

  /** The other value; "" where there is none. */
  get target() {
    return this.#field.value;
  }

  /** The values that one can choose. @param {{id: string, text: string}[]} cards */
  list(cards) {
    const before = this.#field.value;
    this.#field.replaceChildren(new Option("–", ""), ...cards.map(({ id, text }) => new Option(text, id)));
    this.#field.value = before;
    if (this.#field.selectedIndex < 0) this.#field.value = "";
  }

  choose(node) {
    this.#field.value = node;
    if (this.#field.selectedIndex < 0) this.#field.value = "";
    this.#changed();
    this.update(0);
  }

  /** Asks anew, once the numbers rest. */
  update(pause = 150) {
    clearTimeout(this.#timer);
    this.#asked += 1;
    if (this.target) {
      this.#panel.classList.add("stale");
      this.#timer = setTimeout(() => this.#fetch(), pause);
    } else if (!this.#panel.hidden) {
      this.#panel.hidden = true;
      this.#panel.replaceChildren();
      this.#light.keep(null);
    }
  }

  async #fetch() {
    const asked = this.#asked;
    const now = this.#ask();
    if (!now) return;
    const between = async (source, target) => {
      const body = JSON.stringify({ ...now.request, source, target });
      const answer = await post("/paths", body);
      return { ok: answer.ok, text: await answer.text() };
    };
    try {
      let found = await between(now.select, this.target);
      // Whichever of the two comes first: somebody who chooses two values means the paths between them.
      if (found.ok && !found.text.includes("data-path=")) {
        const other = await between(this.target, now.select);
        if (other.ok && other.text.includes("data-path=")) found = other;
      }
      if (asked !== this.#asked) return;
      const scrolled = this.#panel.scrollTop;
      if (found.ok) morph(this.#panel, found.text);
      else this.#panel.textContent = JSON.parse(found.text).detail;
      this.#panel.hidden = false;
      this.#panel.scrollTop = scrolled;
      this.#panel.classList.remove("stale");
      this.#light.keep(this.#edges());
    } catch {
      // The line says that the server does not answer; what is shown stays.
    }
  }

  /** The edges of one path, or of all. */
  #edges(item = null) {
    const items = item ? [item] : [...this.#panel.querySelectorAll("[data-edges]")];
    return items.flatMap((one) => one.dataset.edges.split(" ").filter(Boolean));
  }

  #point(target) {
    if (this.target) this.#light.keep(this.#edges(target?.closest("[data-edges]")));
  }
}
