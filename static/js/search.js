// Finding a card by its name: a field over the picture, with the cards that fit beneath it.

const KINDS = ["data", "parameter", "constant", "loss"];

export class Search {
  #panel;
  #field;
  #list;
  #none;
  #canvas;
  #viewport;
  /** What had the focus before. @type {HTMLElement | null} */
  #before = null;
  #current = -1;

  /**
   * @param {HTMLElement} panel holds the field and the list
   * @param {HTMLElement} canvas holds the cards; is told `pick` with the id of the card that was chosen
   * @param {import("./viewport.js").Viewport} viewport
   */
  constructor(panel, canvas, viewport) {
    this.#panel = panel;
    this.#canvas = canvas;
    this.#viewport = viewport;
    this.#field = panel.querySelector("input");
    this.#list = panel.querySelector("[role=listbox]");
    this.#none = panel.querySelector(".none");
    document.addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || writes(event.target)) return;
      if (this.open()) event.preventDefault();
    });
    // The field belongs to no form's state: what listens to the form is told nothing of it.
    for (const type of ["input", "change"]) panel.addEventListener(type, (event) => event.stopPropagation());
    this.#field.addEventListener("input", () => this.#fill());
    this.#field.addEventListener("keydown", (event) => this.#key(event));
    this.#field.addEventListener("blur", () => this.#close());
    // The field keeps the focus, so that the list stands until it is clicked.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => this.#pick(event.target.closest("[role=option]")));
  }

  /** @returns {boolean} whether there is anything to look for */
  open() {
    if (!this.#canvas.checkVisibility() || !this.#canvas.querySelector(".card")) return false;
    this.#before = document.activeElement;
    this.#panel.hidden = false;
    this.#field.value = "";
    this.#fill();
    this.#field.focus();
    return true;
  }

  #close() {
    this.#panel.hidden = true;
    this.#field.setAttribute("aria-expanded", "false");
  }

  get #options() {
    return [...this.#list.children];
  }

  #fill() {
    const wanted = this.#field.value.trim().toLowerCase();
    const found = [...this.#canvas.querySelectorAll(".card")]
      .map((card) => ({ card, node: card.dataset.node, text: firstWords(card) }))
      .map((one) => ({ ...one, rank: rank(one, wanted) }))
      .filter((one) => one.rank < 3)
      .sort((a, b) => a.rank - b.rank);
    this.#list.replaceChildren(...found.map(({ card, node, text }, number) => {
      const option = document.createElement("li");
      option.id = `found-${number}`;
      option.role = "option";
      option.className = KINDS.find((kind) => card.classList.contains(kind)) ?? "intermediate";
      option.dataset.node = node;
      option.textContent = text;
      return option;
    }));
    this.#list.hidden = !found.length;
    this.#none.hidden = found.length > 0;
    this.#field.setAttribute("aria-expanded", String(found.length > 0));
    this.#mark(found.length ? 0 : -1);
  }

  #mark(number) {
    this.#current = number;
    this.#options.forEach((option, index) => option.setAttribute("aria-selected", String(index === number)));
    const option = this.#options[number];
    if (!option) {
      this.#field.removeAttribute("aria-activedescendant");
      return;
    }
    this.#field.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  #key(event) {
    const count = this.#options.length;
    if (event.key === "Enter") this.#pick(this.#options[this.#current]);
    else if (event.key === "Escape") {
      // The focus goes first: a field that is hidden would leave it nowhere.
      (this.#before?.isConnected ? this.#before : this.#canvas).focus();
      this.#close();
    } else if (event.key === "ArrowDown" && count) this.#mark((this.#current + 1) % count);
    else if (event.key === "ArrowUp" && count) this.#mark((this.#current - 1 + count) % count);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #pick(option) {
    if (!option) return;
    const { node } = option.dataset;
    this.#viewport.reveal(node, true);
    this.#canvas.querySelector(`.card[data-node="${CSS.escape(node)}"]`)?.focus({ preventScroll: true });
    this.#close();
    this.#canvas.dispatchEvent(new CustomEvent("pick", { bubbles: true, detail: node }));
  }
}

/** What a card says first: its name and formula, without its kind, its shape and its numbers. */
function firstWords(card) {
  return card.querySelector("title").textContent.split(/[:.]\s/, 1)[0];
}

/** Names that begin with the text come first, then names and then formulas that hold it; 3 is none of these. */
function rank({ node, text }, wanted) {
  const name = node.toLowerCase();
  if (name.startsWith(wanted)) return 0;
  return name.includes(wanted) ? 1 : text.toLowerCase().includes(wanted) ? 2 : 3;
}

/** Whether keys write there. */
export function writes(element) {
  const fields = "textarea, select, input:not([type=radio], [type=checkbox], [type=range], [type=button])";
  return element.isContentEditable || element.matches(fields);
}
