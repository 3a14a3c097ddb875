// The picture: shown whole, or changed cell by cell while its structure stands.

export class Picture {
  #canvas;
  #viewport;

  /**
   * @param {HTMLElement} canvas holds the SVG
   * @param {import("./viewport.js").Viewport} viewport
   */
  constructor(canvas, viewport) {
    this.#canvas = canvas;
    this.#viewport = viewport;
  }

  /** The SVG; null where there is no picture. */
  get svg() {
    return this.#canvas.querySelector("svg.graph");
  }

  card(node) {
    return this.#canvas.querySelector(`.card[data-node="${CSS.escape(node)}"]`);
  }

  edge(id) {
    return this.#canvas.querySelector(`.edge[data-edge="${CSS.escape(id)}"]`);
  }

  cards() {
    return [...this.#canvas.querySelectorAll(".card")];
  }

  edges() {
    return [...this.#canvas.querySelectorAll(".edge")];
  }

  /** @param {any} found an answer of the server: the picture anew, or what changed in it */
  update(found) {
    if (found.svg !== undefined) {
      this.#viewport.show(found.svg);
      this.#canvas.dispatchEvent(new CustomEvent("redrawn"));
    } else {
      for (const [node, part, index, text, tint] of found.cells) this.#paint(node, part, index, text, tint);
      for (const [node, words] of Object.entries(found.words)) {
        const card = this.card(node);
        card.setAttribute("aria-label", words);
        card.querySelector("title").textContent = words;
      }
      for (const [edge, words] of Object.entries(found.edges)) this.edge(edge).querySelector("title").textContent = words;
      for (const [edge, sent] of Object.entries(found.sent)) this.edge(edge).dataset.sent = sent;
      this.svg.querySelector("title").textContent = found.title;
    }
    this.#moved(found.moved?.cards ?? {});
  }

  #paint(node, part, index, text, tint) {
    const block = this.card(node).querySelector(`[data-part="${part}"]`);
    if (index === null) {
      block.querySelector(".line").textContent = text;
      return;
    }
    const cell = block.querySelector(`[data-cell="${index}"]`);
    cell.setAttribute("class", `cell ${tint}`);
    cell.querySelector("text").textContent = text;
  }

  /** Above each card how far it has moved, and in parentheses what the derivative predicted. */
  #moved(cards) {
    for (const old of this.#canvas.querySelectorAll(".delta")) if (!(old.parentElement.dataset.node in cards)) old.remove();
    for (const [node, [actual, predicted]] of Object.entries(cards)) {
      const card = this.card(node);
      if (!card) continue;
      let text = card.querySelector(".delta");
      if (!text) {
        text = document.createElementNS("http://www.w3.org/2000/svg", "text");
        text.setAttribute("class", "delta");
        text.setAttribute("y", "-4");
        text.setAttribute("x", card.querySelector(".face").getAttribute("width"));
        card.append(text);
      }
      text.textContent = predicted ? `Δ ${actual}  (${predicted})` : `Δ ${actual}`;
    }
  }

  choose(node) {
    this.#canvas.querySelector(".chosen")?.classList.remove("chosen");
    this.card(node)?.classList.add("chosen");
  }
}
