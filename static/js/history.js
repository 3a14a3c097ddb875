// Undo and redo: what the page held, one snapshot after the other.

/** Changes of one thing within so many milliseconds are one step. */
const TOGETHER = 1000;
const MOST = 300;

export class History {
  #stack = [];
  #at = -1;
  #key = null;
  #time = 0;
  #changed;

  /** @param {() => void} changed called when there is something else to be undone or redone */
  constructor(changed) {
    this.#changed = changed;
  }

  get canUndo() {
    return this.#at > 0;
  }

  get canRedo() {
    return this.#at < this.#stack.length - 1;
  }

  /**
   * Keeps what the page holds now.
   * @param {object} snapshot plain data
   * @param {string} key what was changed: changes of one thing, one soon after the other, are undone at once
   */
  record(snapshot, key = "") {
    const text = JSON.stringify(snapshot);
    if (text === this.#stack[this.#at]) return;
    const together = key !== "" && key === this.#key && performance.now() - this.#time < TOGETHER && this.#at > 0;
    this.#stack.length = this.#at + 1;
    // What was changed and changed back is no step.
    if (together && text === this.#stack[this.#at - 1]) this.#stack.pop();
    else if (together) this.#stack[this.#at] = text;
    else this.#stack.push(text);
    if (this.#stack.length > MOST) this.#stack.shift();
    this.#at = this.#stack.length - 1;
    this.#key = key;
    this.#time = performance.now();
    this.#changed();
  }

  /** Begins anew: what a link holds is where its reader begins. */
  reset(snapshot) {
    this.#stack = [];
    this.#at = -1;
    this.record(snapshot);
  }

  /** What the page held before; null where there is nothing before. */
  undo() {
    return this.canUndo ? this.#step(-1) : null;
  }

  redo() {
    return this.canRedo ? this.#step(1) : null;
  }

  #step(by) {
    this.#at += by;
    this.#key = null;
    this.#changed();
    return JSON.parse(this.#stack[this.#at]);
  }
}
