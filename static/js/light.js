// What is pointed at lights up its paths to the loss, with what comes back along each edge; two values light up the paths between them.

/** Only who stays for a moment wants to see it. */
const PAUSE = 70;

export class Light {
  #canvas;
  #picture;
  #timer = 0;
  /** A light that stays on: of a path that was chosen elsewhere. */
  #kept = null;

  /**
   * @param {HTMLElement} canvas
   * @param {import("./picture.js").Picture} picture
   */
  constructor(canvas, picture) {
    this.#canvas = canvas;
    this.#picture = picture;
    canvas.addEventListener("pointerover", (event) => this.#point(event));
    canvas.addEventListener("pointerleave", () => this.#soon(null));
    canvas.addEventListener("focusin", (event) => this.#point(event));
    canvas.addEventListener("focusout", () => this.#soon(null));
    canvas.addEventListener("redrawn", () => this.#show(this.#kept));
  }

  /**
   * Lights up some edges and the cards at their ends until it is called with null.
   * @param {string[] | null} edges
   */
  keep(edges) {
    this.#kept = edges;
    this.#show(edges);
  }

  #point(event) {
    const card = event.target.closest?.(".card");
    if (card) this.#soon(card.dataset.node);
    else if (event.type === "pointerover") this.#soon(null);
  }

  #soon(node) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const edges = node === null ? [] : this.#toLoss(node);
      this.#show(edges.length ? edges : this.#kept);
    }, PAUSE);
  }

  /** The edges on all paths from a card to the loss. */
  #toLoss(node) {
    const edges = this.#picture.edges();
    const reached = (from, at, to) => {
      const found = new Set([from]);
      for (const one of found) for (const edge of edges) if (edge.dataset[at] === one) found.add(edge.dataset[to]);
      return found;
    };
    const loss = this.#canvas.querySelector(".card.loss")?.dataset.node;
    const after = reached(node, "source", "target");
    const before = reached(loss, "target", "source");
    if (!loss || !after.has(loss)) return [];
    return edges.filter((edge) => after.has(edge.dataset.source) && before.has(edge.dataset.target)).map((edge) => edge.dataset.edge);
  }

  #show(edges) {
    for (const chip of this.#canvas.querySelectorAll(".sent-back")) chip.remove();
    for (const lit of this.#canvas.querySelectorAll(".lit")) lit.classList.remove("lit");
    this.#picture.svg?.classList.toggle("lighting", Boolean(edges?.length));
    for (const id of edges ?? []) {
      const edge = this.#picture.edge(id);
      if (!edge) continue;
      edge.classList.add("lit");
      for (const end of [edge.dataset.source, edge.dataset.target]) this.#picture.card(end)?.classList.add("lit");
      if (edge.dataset.sent) edge.append(this.#chip(edge));
    }
  }

  /** What an edge carries back, beside its middle, where the local derivative is not. */
  #chip(edge) {
    const way = edge.querySelector(".way");
    const middle = way.getPointAtLength(way.getTotalLength() / 2);
    const label = edge.querySelector(".derivative");
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    text.setAttribute("class", "sent-back");
    const right = label ? Number(label.getAttribute("x")) < middle.x : false;
    text.setAttribute("text-anchor", right ? "start" : "end");
    text.setAttribute("x", String(middle.x + (right ? 7 : -7)));
    text.setAttribute("y", String(label ? label.getAttribute("y") : middle.y + 4));
    text.textContent = edge.dataset.sent;
    return text;
  }
}
