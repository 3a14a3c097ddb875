// Whether the gradients are right: they are held against finite differences, when the numbers rest.
import { post } from "./post.js";

const PAUSE = 350;

export class Verdict {
  #element;
  #ask;
  #timer = 0;

  /**
   * @param {HTMLElement} element says it
   * @param {() => object} ask the request of what the page shows
   */
  constructor(element, ask) {
    this.#element = element;
    this.#ask = ask;
  }

  /** The numbers have changed: they are judged anew. */
  judge() {
    clearTimeout(this.#timer);
    this.#element.classList.add("stale");
    this.#timer = setTimeout(() => this.#fetch(), PAUSE);
  }

  async #fetch() {
    const mine = this.#timer;
    document.title = `${document.getElementById("loss").textContent} · Curly d`;
    try {
      const body = JSON.stringify(this.#ask());
      const response = await post("/verdict", body);
      const found = response.ok ? await response.json() : { text: "", passed: true };
      if (mine !== this.#timer) return;
      this.#element.textContent = found.text;
      this.#element.classList.toggle("failed", !found.passed);
      this.#element.classList.remove("stale");
    } catch {
      this.#element.textContent = "";
    }
  }
}
