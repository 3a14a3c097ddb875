// The two passes, one step after the other: what appears on the cards, what flows along the edges, and what is said of it.
import { post } from "./post.js";

/** Milliseconds that a step is looked at. */
const STAY = 1900;
const PAUSE = 150;

export class Player {
  #root;
  #picture;
  #ask;
  #moved;
  #steps = [];
  #forward = 0;
  /** The step that is shown; null where everything is. */
  #at = null;
  /** Grows with each question: an answer to an older one is dropped. */
  #asked = 0;
  #timer = 0;
  #waiting = 0;
  #playing = false;

  /**
   * @param {HTMLElement} root
   * @param {import("./picture.js").Picture} picture
   * @param {() => object} ask the request of what the page shows
   * @param {() => void} moved called when another step is shown
   */
  constructor(root, picture, ask, moved) {
    this.#root = root;
    this.#picture = picture;
    this.#ask = ask;
    this.#moved = moved;
    const acts = { first: () => this.go(0), back: () => this.back(), play: () => this.toggle(), on: () => this.on(), all: () => this.leave() };
    root.addEventListener("click", (event) => acts[event.target.closest("[data-go]")?.dataset.go]?.());
    this.#slider.addEventListener("input", () => this.#seek(Number(this.#slider.value)));
    root.querySelector("#speed").addEventListener("change", () => this.#playing && this.#wait());
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  get #slider() {
    return this.#root.querySelector("#step");
  }

  /** The step that is shown, counted from 0; null where everything is. */
  get step() {
    return this.#at;
  }

  /**
   * What the steps are about has changed: they are read anew, once it rests.
   * @param {boolean} [scrubbed] only a number has, and will again
   */
  refresh(scrubbed = false) {
    clearTimeout(this.#waiting);
    if (scrubbed && this.#at === null) return;
    this.#waiting = setTimeout(() => this.#fetch(), this.#steps.length ? PAUSE : 0);
    if (this.#at !== null) this.#veil();
  }

  /** Another structure has other steps. */
  reset() {
    this.#steps = [];
  }

  /** Shows a step and stays there. @param {number} step */
  async go(step) {
    this.pause();
    await this.#seek(step);
  }

  back() {
    return this.go(Math.max((this.#at ?? this.#steps.length) - 1, 0));
  }

  on() {
    return this.go(this.#at === null ? 0 : this.#at + 1);
  }

  /** Everything is shown again. */
  leave() {
    this.pause();
    const inside = this.#root.contains(document.activeElement);
    this.#at = null;
    this.#show();
    if (inside) this.#root.querySelector("[data-go=play]").focus();
    this.#moved();
  }

  toggle() {
    if (this.#playing) this.pause();
    else this.play();
  }

  play() {
    this.#playing = true;
    this.#buttons();
    const last = this.#at !== null && this.#at >= this.#steps.length - 1;
    this.#seek(this.#at === null || last ? 0 : this.#at + 1);
  }

  pause() {
    this.#playing = false;
    clearTimeout(this.#timer);
    this.#buttons();
  }

  async #seek(step) {
    this.#at = Math.max(0, this.#steps.length ? Math.min(step, this.#steps.length - 1) : step);
    this.#show();
    this.#moved();
    await this.#fetch();
    if (this.#playing) this.#wait();
  }

  #wait() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#at === null || this.#at >= this.#steps.length - 1) this.pause();
      else this.#seek(this.#at + 1);
    }, STAY / Number(this.#root.querySelector("#speed").value));
  }

  async #fetch() {
    const asked = ++this.#asked;
    const request = this.#ask();
    if (!request) return;
    try {
      // A link, or another program, may have a step that is not there: how many there are is asked first.
      const known = this.#at !== null && this.#at < this.#steps.length;
      const body = JSON.stringify({ ...request, ...(known && { step: this.#at }) });
      const answer = await post("/api/v1/steps", body);
      const found = await answer.json();
      if (asked !== this.#asked) return;
      if (answer.ok) {
        this.#steps = found.steps;
        this.#forward = found.forward;
        if (this.#at !== null && this.#at >= found.count) {
          this.#at = found.count - 1;
          this.#moved();
        }
      } else if (known) {
        this.#steps = [];
      } else {
        this.#steps = [];
        this.#root.querySelector(".words").textContent = found.detail;
        return;
      }
      if (this.#at !== null && !(known && answer.ok)) await this.#fetch();
      else this.#show();
    } catch {
      // The line says that the server does not answer; what is shown stays.
    }
  }

  #buttons() {
    const play = this.#root.querySelector("[data-go=play]");
    play.textContent = this.#playing ? "❚❚ Pause" : "▶ Play";
    play.setAttribute("aria-label", this.#playing ? "Pause" : "Play");
    play.title = this.#playing ? "Pause (Space)" : "Play (Space)";
    this.#root.querySelector("[data-go=all]").hidden = this.#at === null;
  }

  #show() {
    const count = this.#steps.length;
    const step = this.#at === null ? null : this.#steps[this.#at];
    const pass = (number) => (number < this.#forward ? "forward" : "backward");
    this.#buttons();
    this.#slider.max = String(Math.max(count - 1, 0));
    this.#slider.value = String(this.#at ?? count - 1);
    this.#slider.style.setProperty("--forward", String(count > 1 ? (this.#forward - 0.5) / (count - 1) : 0.5));
    this.#root.querySelector(".passes").style.setProperty("--forward", String(count ? this.#forward / count : 0.5));
    const where = this.#at === null ? (count ? `${count} steps` : "") : count ? `step ${this.#at + 1} of ${count} · ${pass(this.#at)}` : `step ${this.#at + 1}`;
    this.#root.querySelector(".where").textContent = where;
    this.#slider.setAttribute("aria-valuetext", step ? `${where}: ${step.words}` : "everything is shown");
    const told = this.#root.querySelector(".told");
    told.hidden = this.#at === null;
    if (step) {
      const words = told.querySelector(".words");
      if (words.textContent !== step.words) words.textContent = step.words;
      if (step.mathml || !step.latex) {
        const { formula, filled } = step.mathml ?? {};
        told.querySelector(".math").innerHTML = [formula, filled].filter(Boolean).join('<span class="then"></span>');
      }
      // Only what does not fit has to be reached by the keyboard, to be scrolled.
      for (const part of [told, told.querySelector(".math")]) {
        part.tabIndex = part.scrollWidth > part.clientWidth || part.scrollHeight > part.clientHeight ? 0 : -1;
      }
    }
    this.#veil();
  }

  /** What has not come about yet is veiled, what comes about now stands out. */
  #veil() {
    const svg = this.#picture.svg;
    if (!svg) return;
    for (const old of svg.querySelectorAll(".veiled, .now, .flows, .flows-back")) old.classList.remove("veiled", "now", "flows", "flows-back");
    svg.classList.toggle("played", this.#at !== null);
    const step = this.#steps[this.#at];
    if (!step) return;
    const there = { value: new Set(), gradient: new Set() };
    for (const { shows } of this.#steps.slice(0, this.#at + 1)) {
      for (const node of shows.values) there.value.add(node);
      for (const node of shows.gradients) there.gradient.add(node);
    }
    for (const card of this.#picture.cards()) {
      for (const part of ["value", "gradient"]) {
        card.querySelector(`[data-part="${part}"]`)?.classList.toggle("veiled", !there[part].has(card.dataset.node));
      }
    }
    for (const node of step.node ? [step.node] : step.shows.values) this.#picture.card(node)?.classList.add("now");
    for (const edge of step.edges) this.#picture.edge(edge)?.classList.add(step.pass === "backward" ? "flows-back" : "flows");
  }

  /** Space, arrows, Home and End, where they do nothing else. */
  #key(event) {
    const act = { " ": () => this.toggle(), ArrowLeft: () => this.back(), ArrowRight: () => this.on(), Home: () => this.go(0), End: () => this.go(this.#steps.length - 1) }[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const { target } = event;
    const inside = this.#root.contains(target);
    if (target !== document.body && !inside) return;
    // A button is pressed by Space, a field has keys of its own; the slider's are ours.
    if (event.key === " " ? target.matches("button, select") : target.matches("select")) return;
    event.preventDefault();
    act();
  }
}
