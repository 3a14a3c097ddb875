// How the gradient of the selected card comes about: fetched when the numbers rest for a moment, tied to the cards of the picture.

const PAUSE = 120;

export class Derivation {
  #panel;
  #graph;
  #ask;
  #wanted = null;
  #busy = false;
  #timer = 0;
  /** Which parts the reader opened or closed: they stay so. */
  #open = {};

  /**
   * @param {HTMLElement} panel
   * @param {HTMLElement} graph holds the cards, each with its `data-node`
   * @param {() => object} ask what POST /derivation takes, apart from what this part of the page asks itself
   */
  constructor(panel, graph, ask) {
    this.#panel = panel;
    this.#graph = graph;
    this.#ask = ask;
    panel.addEventListener("toggle", (event) => {
      const { part } = event.target.dataset;
      if (part) this.#open[part] = event.target.open;
      // The program is written when somebody looks.
      if (part === "code" && event.target.open && !panel.querySelector("[name=framework]")) this.update(0);
    }, true);
    panel.addEventListener("change", () => this.update(0));
    panel.addEventListener("click", (event) => this.#click(event));
    for (const [from, to] of [[panel, graph], [graph, panel]]) {
      from.addEventListener("pointerover", (event) => this.#point(event, to));
      from.addEventListener("focusin", (event) => this.#point(event, to));
    }
    this.#ready();
  }

  /** Asks for the derivation anew, once nothing has changed for a moment. */
  update(pause = PAUSE) {
    this.#panel.classList.add("stale");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#wanted = { ...this.#ask(), explained: this.#explained() };
      this.#fetch();
    }, pause);
  }

  /** What the switches and fields of this part say. */
  #explained() {
    const found = {};
    for (const field of this.#panel.querySelectorAll("[name]")) {
      if (field.name !== "select" && (field.type !== "radio" || field.checked)) found[field.name] = field.value;
    }
    if (this.#open.code) found.listed = "1";
    // An order that only came with the notation goes with it.
    const { notation, order } = this.#told;
    if (found.notation !== notation && found.order === order) delete found.order;
    return found;
  }

  get #told() {
    return { notation: this.#panel.dataset.notation, order: this.#panel.dataset.order };
  }

  async #fetch() {
    if (this.#busy || !this.#wanted) return;
    const asked = this.#wanted;
    this.#wanted = null;
    this.#busy = true;
    try {
      const response = await fetch("/derivation", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked),
      });
      if (response.ok && !this.#wanted) this.#show(await response.text());
    } catch {
      // The line says that the server does not answer; the last derivation stays, and looks it.
    }
    this.#busy = false;
    this.#fetch();
  }

  #show(html) {
    const focused = document.activeElement;
    const place = this.#panel.contains(focused) ? [...this.#panel.querySelectorAll(focused.tagName)].indexOf(focused) : -1;
    this.#panel.innerHTML = html;
    for (const part of this.#panel.querySelectorAll("details")) part.open = this.#open[part.dataset.part] ?? part.open;
    if (place >= 0) this.#panel.querySelectorAll(focused.tagName)[place]?.focus();
    this.#panel.classList.remove("stale");
    this.#ready();
  }

  #ready() {
    for (const button of this.#panel.querySelectorAll(".copy")) button.hidden = false;
    const checked = (name) => this.#panel.querySelector(`[name=${name}]:checked`)?.value ?? "";
    Object.assign(this.#panel.dataset, { notation: checked("notation"), order: checked("order") });
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
