// The program's text field: line numbers beside it, and marks under what is at fault.

export class Editor {
  #gutter;
  #marks;
  #faults = [];

  /**
   * @param {HTMLTextAreaElement} element
   * @param {HTMLElement} gutter list of line numbers
   * @param {HTMLElement} marks copy of the text beneath it, in which faults are marked
   */
  constructor(element, gutter, marks) {
    this.element = element;
    this.#gutter = gutter;
    this.#marks = marks;
    element.addEventListener("input", () => this.#number());
    element.addEventListener("scroll", () => {
      marks.scrollLeft = element.scrollLeft;
    });
  }

  get text() {
    return this.element.value;
  }

  /** @param {{line: number, column: number, end_column: number}[]} faults columns count characters from 1 */
  mark(faults) {
    this.#faults = faults;
    this.#number();
    if (!faults.length) {
      this.#marks.replaceChildren();
      return;
    }
    const [{ line, column, end_column: end }] = faults;
    const lines = this.text.split("\n");
    const characters = [...(lines[line - 1] ?? ""), " "];
    const before = [...lines.slice(0, line - 1), ""].join("\n") + characters.slice(0, column - 1).join("");
    const mark = document.createElement("mark");
    mark.textContent = characters.slice(column - 1, Math.max(end - 1, column)).join("") || " ";
    // What follows is there too: only then can the copy be scrolled as far as the text.
    const after = characters.slice(Math.max(end - 1, column)).join("");
    this.#marks.replaceChildren(before, mark, after);
    this.#marks.scrollLeft = this.element.scrollLeft;
  }

  #number() {
    const count = this.text.split("\n").length;
    const bad = new Set(this.#faults.map((fault) => fault.line));
    this.#gutter.replaceChildren(
      ...Array.from({ length: count }, (_, index) => {
        const item = document.createElement("li");
        item.textContent = String(index + 1);
        item.classList.toggle("bad", bad.has(index + 1));
        return item;
      }),
    );
    this.element.rows = Math.max(count + 1, 7);
  }
}
