// The picture by keyboard: one stop for Tab, and from card to card along the edges with the arrows.

const SIGNS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

export class Walk {
  #picture;

  /**
   * @param {HTMLElement} canvas
   * @param {import("./picture.js").Picture} picture
   */
  constructor(canvas, picture) {
    this.#picture = picture;
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focusin", (event) => {
      const card = event.target.closest?.(".card");
      if (card) this.stop(card.dataset.node);
    });
  }

  /** The one card that Tab comes to: where one is already, or the given one. */
  stop(node) {
    const cards = this.#picture.cards();
    const wanted = cards.find((card) => card === document.activeElement) ?? cards.find((card) => card.dataset.node === node) ?? cards[0];
    for (const card of cards) card.tabIndex = card === wanted ? 0 : -1;
  }

  #key(event) {
    const card = event.target.closest?.(".card");
    const sign = SIGNS[event.key];
    if (!card || !sign || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    this.#next(card, sign)?.focus();
  }

  /** Along an edge, forward or back; across, to a card that shares a neighbour with this one. */
  #next(card, [dx, dy]) {
    const node = card.dataset.node;
    const edges = this.#picture.edges().map((edge) => [edge.dataset.source, edge.dataset.target]);
    const ahead = (one) => edges.filter(([source]) => source === one).map(([, target]) => target);
    const behind = (one) => edges.filter(([, target]) => target === one).map(([source]) => source);
    const along = this.#picture.svg.dataset.direction === "right" ? dx : dy;
    if (along) return this.#nearest(card, along > 0 ? ahead(node) : behind(node), [dx, dy]);
    return this.#nearest(card, [...ahead(node).flatMap(behind), ...behind(node).flatMap(ahead)], [dx, dy], true);
  }

  /** Of some cards the one that stands most plainly in a direction; `only` if it does. */
  #nearest(card, names, [dx, dy], only = false) {
    const middle = (one) => {
      const { x, y, width, height } = one.querySelector(".face").getBoundingClientRect();
      return [x + width / 2, y + height / 2];
    };
    const [x, y] = middle(card);
    let best = null;
    let least = Infinity;
    for (const name of new Set(names)) {
      const other = this.#picture.card(name);
      if (!other || other === card) continue;
      const [ox, oy] = middle(other);
      const along = (ox - x) * dx + (oy - y) * dy;
      const across = Math.abs((ox - x) * dy) + Math.abs((oy - y) * dx);
      if (only && along <= 0) continue;
      const far = Math.abs(along) + 2 * across;
      if (far < least) {
        best = other;
        least = far;
      }
    }
    return best;
  }
}
