// The inputs: what their fields say, and the ways to change them that a form alone does not have.
import { MOST, content, indexOf, read, write } from "./cells.js";
import { Files } from "./files.js";
import { GridMenu } from "./gridmenu.js";
import { Scrub } from "./scrub.js";
import { at, count, nest, number, pasted, replaced, reshaped, rowsOf, sizesOf } from "./tensor.js";

/** @typedef {import("./tensor.js").Nested} Nested */
/** @typedef {Record<string, {value?: Nested, role?: string}>} Inputs by name, as a request has them */

const ROLES = ["data", "parameter", "constant"];
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export class Grids {
  #panel;
  #scrub;
  /** What each field said when it was read last, until it says something else. */
  #known = new WeakMap();
  /** What inputs had before the program forgot them: they come back with it. */
  #memory = {};
  /** Inputs whose numbers were restored: they count before the text's literals, until something is typed. */
  #restored = new Set();

  /** @param {HTMLElement} panel holds a fieldset for each input */
  constructor(panel) {
    this.#panel = panel;
    // In the capturing phase, so that whoever hears of a change finds it made.
    for (const type of ["input", "change"]) panel.addEventListener(type, (event) => this.#typed(event), { capture: true });
    document.addEventListener("input", () => this.#restored.clear(), { capture: true });
    panel.addEventListener("paste", (event) => this.#paste(event));
    panel.addEventListener("keydown", (event) => this.#walk(event));
    this.#scrub = new Scrub(panel, (cell) => this.#wrote(cell));
    const files = new Files(panel, {
      content,
      take: (arrays) => Object.entries(arrays).forEach(([name, nested]) => this.#apply(this.#field(name), "file", nested)),
    });
    const apply = (field, what, nested) => this.#apply(field, what, nested);
    new GridMenu(panel, { content, apply, load: (field) => files.choose(field) });
    this.values();
  }

  /**
   * Every input by name, as a request has it: the value, nested, and the role. What the text says already is left to the text.
   * Costs little where nothing changed. What is returned stays as it is when numbers change.
   * @returns {Inputs}
   */
  values() {
    const found = {};
    for (const field of this.#fields()) {
      let known = this.#known.get(field);
      if (!known) {
        const item = { value: read(field), role: field.querySelector("select").value };
        const literal = literalOf(field);
        known = { item, sent: literal !== undefined && same(item.value, literal) ? { role: item.role } : item };
        this.#known.set(field, known);
      }
      this.#memory[field.dataset.input] = known.item;
      found[field.dataset.input] = known.sent;
    }
    return { ...this.#memory, ...found };
  }

  /**
   * Other inputs, or other literals in the program: the panel as the server wrote it, unless it shows these already.
   * A literal that was changed in the text counts from then on, whatever its cells said before.
   * @param {string} html
   * @param {string} signature
   * @returns {boolean} whether there is something new to ask for that
   */
  replace(html, signature) {
    const restored = this.#restored;
    this.#restored = new Set();
    if (this.#panel.dataset.signature === signature) return false;
    const before = Object.fromEntries(this.#fields().map((field) => [field.dataset.input, literalOf(field)]));
    let changed = false;
    this.#keepingFocus(() => {
      this.#panel.innerHTML = html;
      this.#panel.dataset.signature = signature;
      for (const field of this.#fields()) {
        const { input } = field.dataset;
        const literal = literalOf(field);
        if (literal === undefined || restored.has(input) || same(before[input], literal) || same(read(field), literal)) continue;
        write(field, literal);
        changed = true;
      }
    });
    this.#scrub.end();
    return changed;
  }

  /**
   * Shows what `values` gave once, and nothing else that was known before: numbers, shapes and roles. Fires no event.
   * @param {Inputs} inputs one that has no value has the text's; one that has no field is kept for when it gets one
   */
  restore(inputs) {
    this.#scrub.forget();
    this.#memory = {};
    this.#restored = new Set(Object.keys(inputs).filter((name) => inputs[name].value !== undefined));
    this.#keepingFocus(() => {
      for (const [name, { value, role }] of Object.entries(inputs)) {
        const field = this.#field(name);
        if (!field) {
          this.#memory[name] = { ...(value === undefined ? {} : { value }), ...(role ? { role } : {}) };
          continue;
        }
        const wanted = value === undefined ? literalOf(field) : value;
        if (wanted !== undefined && !same(read(field), wanted)) write(field, wanted);
        if (ROLES.includes(role)) field.querySelector("select").value = role;
        this.#show(field);
      }
    });
  }

  #fields() {
    return [...this.#panel.querySelectorAll("[data-input]")];
  }

  #field(name) {
    return this.#panel.querySelector(`[data-input="${CSS.escape(name)}"]`);
  }

  /** A field's numbers or role are others: they are to be read again, and its colour is that of its role. */
  #show(field) {
    this.#known.delete(field);
    field.classList.remove(...ROLES);
    field.classList.add(field.querySelector("select").value);
  }

  /** Shows other numbers in an input, and tells of it. */
  #apply(field, what, nested) {
    if (!field) return;
    this.#scrub.end();
    this.#keepingFocus(() => write(field, nested));
    this.#show(field);
    this.#panel.dispatchEvent(new CustomEvent("gridchange", { bubbles: true, detail: { input: field.dataset.input, what } }));
  }

  /** Fields that are made anew are the same to whoever types: the focus is where it was, and so is the caret. */
  #keepingFocus(change) {
    const focused = this.#panel.contains(document.activeElement) ? document.activeElement : null;
    const caret = focused?.matches(".grid input, .shape, .block") ? [focused.selectionStart, focused.selectionEnd] : null;
    change();
    if (!focused || focused === document.activeElement) return;
    const now = focused.isConnected ? focused : this.#panel.querySelector(`[name="${CSS.escape(focused.name)}"]`);
    now?.focus({ preventScroll: true });
    if (caret && now) now.setSelectionRange(...caret);
  }

  #typed(event) {
    const field = event.target.closest("[data-input]");
    if (!field) return;
    this.#show(field);
    if (event.type !== "change" || !event.target.matches("input.shape")) return;
    // A shape that is typed is a change of the numbers, or none at all: it is told as such.
    event.stopPropagation();
    this.#reshape(field, event.target);
  }

  /** A shape of more cells than a grid shows is more likely mistyped than meant, and leaves the numbers as they are. */
  #reshape(field, shape) {
    const sizes = (shape.value.match(/\d+/g) ?? []).map(Number);
    const can = /^\s*(\d+(\s*[x×*,]\s*\d+)?\s*,?)?\s*$/.test(shape.value) && count(sizes) >= 1 && count(sizes) <= MOST;
    const wanted = can ? sizes.join(" × ") : shape.defaultValue;
    if (wanted === shape.defaultValue) shape.value = wanted;
    else this.#apply(field, "shape", reshaped(content(field), sizes));
  }

  /** One cell has another number: the rest of what is known stands. */
  #wrote(cell) {
    const field = cell.closest("[data-input]");
    const known = this.#known.get(field);
    if (!known) return;
    const item = { value: replaced(known.item.value, indexOf(cell), number(cell.value)), role: known.item.role };
    const literal = literalOf(field);
    this.#known.set(field, { item, sent: literal !== undefined && same(item.value, literal) ? { role: item.role } : item });
  }

  #paste(event) {
    if (!event.target.matches(".grid input")) return;
    const found = pasted(event.clipboardData.getData("text"));
    const field = event.target.closest("[data-input]");
    const deep = (sizesOf(found)?.length ?? 0) > 2;
    const width = Math.max(...found.map((row) => row.length), 0);
    if (!deep && found.length * width < 2) return;
    event.preventDefault();
    if (deep) {
      this.#apply(field, "paste", found);
      return;
    }
    const [row, column] = place(event.target);
    const old = content(field);
    const rows = rowsOf(old);
    const [height, columns] = [Math.max(rows.length, row + found.length), Math.max(rows[0].length, column + width)];
    const leaf = ([i, j]) => at(found, [i - row, j - column]) ?? at(rows, [i, j]) ?? "0";
    const all = nest([height, columns], leaf);
    this.#apply(field, "paste", height > 1 || Array.isArray(old[0]) ? all : all[0]);
  }

  /** In a grid, Enter goes down, with Shift up; with Ctrl the arrows go to the next cell. Alone they are the text's, and the number's. */
  #walk(event) {
    const enter = event.key === "Enter";
    if (enter && event.target.matches("input.shape")) {
      // It would send the form.
      event.preventDefault();
      this.#reshape(event.target.closest("[data-input]"), event.target);
    }
    if (!event.target.matches(".grid input")) return;
    const step = enter ? [event.shiftKey ? -1 : 1, 0] : STEPS[event.key];
    if (!step || (!enter && !(event.ctrlKey || event.metaKey))) return;
    event.preventDefault();
    const [row, column] = place(event.target);
    const name = `cell:${event.target.closest("[data-input]").dataset.input}:${row + step[0]},${column + step[1]}`;
    const next = this.#panel.querySelector(`[name="${CSS.escape(name)}"]`);
    next?.focus();
    next?.select();
  }
}

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

/** Row and column of a cell in its table. */
const place = (cell) => cell.name.split(":")[2].split(",").map(Number);

/** What the program's text gives an input, or undefined. */
function literalOf(field) {
  const hidden = field.querySelector('[name^="literal:"]');
  return hidden ? JSON.parse(hidden.value) : undefined;
}
