// The program's text field, with line numbers beside it. What is seen of the text is painted in a layer over it, which has
// colours, the faults, and the brackets that belong together; the field itself has the caret, the selection and the keys.
import { Completion } from "./completion.js";
import { Keys } from "./keys.js";
import { partners, tokens } from "./tokens.js";

/** @typedef {{line: number, column: number, end_column: number}} Span of a line, in characters (code points) counted from 1 */
/** @typedef {Span & {text: string}} Repair what to write there instead */
/** @typedef {{from: number, to: number, kind: string}} Piece of the text that is painted in its own way */

const COLOURED = new Set(["comment", "text", "number", "call"]);

export class Editor {
  #gutter;
  #layer;
  #text = "";
  /** @type {import("./tokens.js").Token[]} */
  #tokens = [];
  #partners = new Map();
  /** @type {Piece[]} */
  #faults = [];
  /** @type {Piece[]} */
  #touching = [];
  /** What stands in each painted line: a line that is as it was is left alone. */
  #painted = [];
  #numbered = "";

  /**
   * @param {HTMLTextAreaElement} element
   * @param {HTMLElement} gutter list of line numbers
   * @param {HTMLElement} marks layer over the field
   */
  constructor(element, gutter, marks) {
    this.element = element;
    this.#gutter = gutter;
    this.#layer = document.createElement("span");
    marks.replaceChildren(this.#layer);
    element.parentElement.classList.add("painted");
    element.addEventListener("input", () => this.#read());
    element.addEventListener("scroll", () => {
      this.#layer.style.transform = `translate(${-element.scrollLeft}px, ${-element.scrollTop}px)`;
    });
    for (const moved of ["focus", "blur", "selectionchange"]) element.addEventListener(moved, () => this.#match());
    // Browsers differ in where they tell of a moved caret.
    document.addEventListener("selectionchange", () => this.#match());
    // A browser may put back what was typed before a page was left.
    addEventListener("pageshow", () => this.#read());
    new Completion(this);
    new Keys(this);
    this.#read();
  }

  get text() {
    return this.element.value;
  }

  /** Puts in a whole text, as undoing does: the focus stays where it is, and the caret goes to what is new. */
  set text(text) {
    const before = this.text;
    if (text === before) return;
    this.element.value = text;
    if (document.activeElement === this.element) {
      const end = change(before, text).to;
      this.element.setSelectionRange(end, end);
    }
    this.#read();
  }

  /** The words of the text. */
  get tokens() {
    this.#read();
    return this.#tokens;
  }

  /**
   * Writes something in place of a part of the text, as if it were typed: the caret stands after it, `input` is told.
   * @param {number} from
   * @param {number} to
   * @param {string} text
   */
  edit(from, to, text) {
    const { element } = this;
    if (element.readOnly) return;
    element.focus();
    element.setSelectionRange(from, to);
    if (from === to && !text) return;
    // Only this command scrolls the caret into view, and leaves the browser's own history whole.
    if (document.execCommand(text ? "insertText" : "delete", false, text)) return;
    element.setRangeText(text, from, to, "end");
    element.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** @param {Repair} repair is written into the text */
  replace(repair) {
    const { from, to } = this.#offsets(repair);
    this.edit(from, to, repair.text);
  }

  /** @param {Span[]} faults are marked until others are, and move with the text when it is edited before them */
  mark(faults) {
    this.#read();
    // A place without a width, such as the end of a line, is as wide as one character.
    this.#faults = faults.map((fault) => {
      const { from, to } = this.#offsets(fault);
      return { from, to: Math.max(to, from + 1), kind: "fault" };
    });
    this.#paint();
  }

  /** Where on the screen the line of the first fault is; null without one. */
  faultBox() {
    const [first] = this.#faults;
    return first ? this.#layer.children[lineOf(this.#text, first.from)].getBoundingClientRect() : null;
  }

  /** Where on the screen a place of the text is: the layer is measured, so that every character has the width it really has. */
  boxAt(offset) {
    this.#read();
    const before = this.#text.slice(0, offset);
    const line = this.#layer.children[lineOf(this.#text, offset)];
    let left = before.length - before.lastIndexOf("\n") - 1;
    const { x, y, height } = line.getBoundingClientRect();
    const range = document.createRange();
    range.setStart(line, 0);
    range.setEnd(line, 0);
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    while (left > 0 && walker.nextNode()) {
      range.setEnd(walker.currentNode, Math.min(left, walker.currentNode.length));
      left -= walker.currentNode.length;
    }
    return new DOMRect(x + range.getBoundingClientRect().width, y, 0, height);
  }

  #offsets({ line, column, end_column: end }) {
    const lines = this.text.split("\n");
    const index = Math.min(line, lines.length) - 1;
    const start = lines.slice(0, index).reduce((sum, one) => sum + one.length + 1, 0);
    const characters = [...lines[index]];
    const offset = (at) => start + characters.slice(0, at - 1).join("").length;
    return { from: offset(column), to: offset(Math.max(end, column)) };
  }

  #read() {
    const text = this.text;
    if (text === this.#text && this.#painted.length) return;
    const { start, to, by } = change(this.#text, text);
    const moved = (at) => (at <= start ? at : Math.max(at + by, to));
    this.#faults = this.#faults.map((fault) => ({ ...fault, from: moved(fault.from), to: moved(fault.to) }));
    this.#text = text;
    this.#tokens = tokens(text);
    this.#partners = partners(this.#tokens);
    this.#touching = this.#touched();
    this.#paint();
  }

  /** Marks what the caret is at, when it moves. */
  #match() {
    this.#read();
    const found = this.#touched();
    const same = found.length === this.#touching.length;
    if (same && found.every(({ from, to }, index) => from === this.#touching[index].from && to === this.#touching[index].to)) return;
    this.#touching = found;
    this.#paint();
  }

  /** @returns {Piece[]} the bracket at the caret and its partner; or what is selected, whose tint leaves too little contrast to colours */
  #touched() {
    const { selectionStart: caret, selectionEnd: end } = this.element;
    if (document.activeElement !== this.element) return [];
    if (caret !== end) return [{ from: caret, to: end, kind: "selected" }];
    const at = [caret - 1, caret].find((place) => this.#partners.has(place));
    if (at === undefined) return [];
    const partner = this.#partners.get(at);
    if (partner === null) return [{ from: at, to: at + 1, kind: "lone" }];
    return [at, partner].map((place) => ({ from: place, to: place + 1, kind: "pair" }));
  }

  #paint() {
    const lines = this.#text.split("\n");
    const coloured = this.#tokens.filter(({ kind }) => COLOURED.has(kind));
    const over = [...this.#faults, ...this.#touching];
    let start = 0;
    let next = 0;
    lines.forEach((line, index) => {
      const end = start + line.length;
      const pieces = [];
      while (next < coloured.length && coloured[next].from <= end) {
        pieces.push(coloured[next]);
        // Text in three quotes may go on in the next line.
        if (coloured[next].to > end) break;
        next += 1;
      }
      const here = [...pieces, ...over.filter(({ from, to }) => from <= end && to > start)].map(({ from, to, kind }) => ({
        from: Math.max(from - start, 0), to: Math.min(to - start, line.length + 1), kind,
      }));
      const key = line + here.map(({ from, to, kind }) => `\n${kind} ${from} ${to}`).join("");
      if (this.#painted[index] !== key) {
        this.#painted[index] = key;
        const element = this.#layer.children[index] ?? this.#layer.appendChild(document.createElement("span"));
        element.replaceChildren(...segments(line, here));
      }
      start = end + 1;
    });
    while (this.#layer.children.length > lines.length) this.#layer.lastChild.remove();
    this.#painted.length = lines.length;
    this.#number(lines.length);
  }

  #number(count) {
    const bad = new Set(this.#faults.map(({ from }) => lineOf(this.#text, from)));
    const key = [count, ...bad].join();
    if (key === this.#numbered) return;
    this.#numbered = key;
    this.#gutter.replaceChildren(
      ...Array.from({ length: count }, (_, index) => {
        const item = document.createElement("li");
        item.textContent = String(index + 1);
        item.classList.toggle("bad", bad.has(index));
        return item;
      }),
    );
    this.element.rows = Math.max(count + 1, 7);
  }
}

/** Which line, counted from 0, a place of the text is in. */
function lineOf(text, offset) {
  let line = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}

/** Where two texts differ: from `start`, up to `to` in the new one, which is longer `by` so many. */
function change(before, after) {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let same = 0;
  while (same < most - start && before.at(-1 - same) === after.at(-1 - same)) same += 1;
  return { start, to: after.length - same, by: after.length - before.length };
}

/** A line's text, cut where a piece begins or ends, each part with the kinds of all pieces that it lies in. */
function segments(line, pieces) {
  const inside = pieces.flatMap(({ from, to }) => [from, to]);
  const cuts = [...new Set([0, line.length, ...inside])].sort((a, b) => a - b);
  return cuts.slice(1).map((to, index) => {
    const from = cuts[index];
    const kinds = pieces.filter((piece) => piece.from <= from && piece.to >= to).map(({ kind }) => kind);
    // Where the line is over, there is a space to be marked.
    const text = line.slice(from, to) || " ";
    if (!kinds.length) return text;
    const element = document.createElement(kinds.includes("fault") ? "mark" : "span");
    element.dataset.kind = kinds.join(" ");
    element.textContent = text;
    return element;
  });
}
