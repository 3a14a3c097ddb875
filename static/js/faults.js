// What is wrong, in words and at its line, with a button where the hint can be put in.

/** @typedef {import("./editor.js").Repair} Repair */
/** @typedef {{message: string, line?: number, column?: number, end_column?: number, hint?: string, repair?: Repair}} Fault */

/** From this width on there is room for a card beside the editor: the left room does not stand above the others there. */
const WIDE = matchMedia("(min-width: 1201px)");
const GAP = 14;
const MARGIN = 8;
/** A text longer than this says less on a button than a word does. */
const LONG = 28;

export class Faults {
  #panel;
  #editor;
  /** What is said now, and of which text. */
  #said = "";
  #text = "";

  /**
   * @param {HTMLElement} panel an alert
   * @param {import("./editor.js").Editor} editor marks where the faults are, and takes repairs
   */
  constructor(panel, editor) {
    this.#panel = panel;
    this.#editor = editor;
    const place = () => this.#place();
    for (const moving of ["scroll", "resize"]) addEventListener(moving, place, { capture: true, passive: true });
    WIDE.addEventListener("change", place);
    const watch = new ResizeObserver(place);
    for (const element of [editor.element, panel]) watch.observe(element);
    // The server may have written what is wrong already: it gets its buttons and its marks.
    const written = [...panel.querySelectorAll("[data-fault]")].map((item) => JSON.parse(item.dataset.fault));
    if (written.length) this.show({ title: panel.querySelector("strong").textContent, detail: "", errors: written });
  }

  /**
   * @param {{title: string, detail: string, errors?: Fault[]}} problem a problem document of the server
   * @param {string} text the program that it is about
   */
  show(problem, text = this.#editor.text) {
    this.#text = text;
    const faults = problem.errors ?? [{ message: problem.detail }];
    const said = JSON.stringify([problem.title, faults]);
    // What is said already is not said again: a screen reader would read it out at every key.
    if (said !== this.#said) {
      this.#said = said;
      const title = document.createElement("strong");
      title.textContent = problem.title;
      const list = document.createElement("ul");
      list.append(...faults.map((fault) => this.#item(fault)));
      this.#panel.replaceChildren(title, list);
    }
    this.#editor.mark(faults.filter((fault) => fault.line));
    this.#place();
  }

  clear() {
    this.#said = "";
    this.#panel.replaceChildren();
    this.#editor.mark([]);
    this.#place();
  }

  /** @param {Fault} fault */
  #item({ message, line, column, hint, repair }) {
    const item = document.createElement("li");
    const part = (kind, text) => Object.assign(document.createElement("span"), { className: kind, textContent: text });
    if (line) item.append(part("at", `line ${line}, column ${column}`), " ");
    item.append(message);
    if (hint) item.append(" ", part("hint", hint));
    if (repair && !this.#editor.element.readOnly) item.append(" ", this.#button(repair));
    return item;
  }

  /** @param {Repair} repair */
  #button(repair) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "repair" });
    const text = repair.text.trim();
    if (!repair.text) {
      button.textContent = "Delete it";
    } else if (!text || text.includes("\n") || text.length > LONG) {
      button.textContent = "Put it in";
      button.title = repair.text;
    } else {
      const code = Object.assign(document.createElement("code"), { textContent: text });
      button.append(repair.column === repair.end_column ? "Insert " : "Write ", code);
    }
    button.addEventListener("click", () => {
      // Columns of another text would hit the wrong place; what is wrong in this one is being asked.
      if (this.#editor.text === this.#text) this.#editor.replace(repair);
    });
    return button;
  }

  /** Puts the panel beside the faulty line, where the page is wide enough; else it stands below the editor. */
  #place() {
    const { style, classList, children } = this.#panel;
    const line = children.length && WIDE.matches ? this.#editor.faultBox() : null;
    const frame = this.#editor.element.closest(".editor").getBoundingClientRect();
    const callout = Boolean(line && frame.width);
    classList.toggle("callout", callout);
    if (!callout) return;
    // Where the room has scrolled the line away, the card stays at the edge that the line left by.
    const room = this.#panel.parentElement.getBoundingClientRect();
    const middle = (line.top + line.bottom) / 2;
    style.setProperty("--left", `${Math.max(frame.right, room.right) + GAP}px`);
    const height = this.#panel.offsetHeight;
    const lowest = document.documentElement.clientHeight - height - MARGIN;
    const top = Math.max(Math.min(middle - 24, lowest), Math.max(room.top, 0) + MARGIN);
    style.setProperty("--top", `${top}px`);
    style.setProperty("--at", `${middle - top}px`);
    classList.toggle("pointing", middle - top > 10 && middle - top < height - 10 && middle > room.top && middle < room.bottom);
  }
}
