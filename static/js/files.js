// Files of numbers, dropped on an input or chosen for it. The server reads them; here it is said what was found, or what is wrong.
import { count, sizesOf } from "./tensor.js";

/** @typedef {import("./tensor.js").Nested} Nested */
/** @typedef {{content: (field: Element) => Nested, take: (arrays: Record<string, Nested>) => void}} Actions */

const UNREAD = "The file was not read";

/**
 * The arrays of some files, by name.
 * @param {File[]} files
 * @returns {Promise<Record<string, Nested>>}
 * @throws {{title: string, detail: string, errors?: object[]}} the problem document of the first that cannot be read
 */
async function arraysOf(files) {
  const found = {};
  for (const file of files) {
    let response;
    try {
      response = await fetch(`/api/v1/arrays?filename=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
    } catch {
      throw { title: UNREAD, detail: "The server does not answer." };
    }
    const answer = await response.json().catch(() => null);
    if (!response.ok || !answer) throw answer ?? { title: UNREAD, detail: `The server answers ${response.status}.` };
    Object.assign(found, answer.arrays);
  }
  return found;
}

const isTable = (file) => !/\.np[yz]$/i.test(file.name);

/**
 * A table of one row or one column in the shape that its input has: a vector there is a vector here, a column a column.
 * A table cannot say which it means; an array can, and is left as it is.
 */
function fitted(nested, before) {
  const sizes = sizesOf(nested);
  const flat = [nested].flat(2);
  if (sizes.length === 0 || flat.length !== Math.max(...sizes)) return nested;
  if (before?.length === 1) return flat;
  if (before?.length === 2) return before[1] === 1 ? flat.map((leaf) => [leaf]) : sizes.length === 1 ? [flat] : nested;
  return nested;
}

const told = (name, nested) => `${name} (${sizesOf(nested).join(" × ") || "one number"})`;

export class Files {
  #panel;
  #actions;
  #over = null;

  /**
   * @param {HTMLElement} panel
   * @param {Actions} actions
   */
  constructor(panel, actions) {
    this.#panel = panel;
    this.#actions = actions;
    panel.addEventListener("dragover", (event) => {
      if (!holdsFiles(event)) return;
      const field = event.target.closest("[data-input]");
      this.#mark(field);
      if (!field) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    });
    panel.addEventListener("dragleave", (event) => {
      if (!this.#over?.contains(event.relatedTarget)) this.#mark(null);
    });
    panel.addEventListener("drop", (event) => {
      const field = event.target.closest("[data-input]");
      this.#mark(null);
      if (!field || !holdsFiles(event)) return;
      event.preventDefault();
      this.#read(field, [...event.dataTransfer.files]);
    });
    // A file that misses its place would take the browser away from the page.
    for (const type of ["dragover", "drop"]) {
      window.addEventListener(type, (event) => {
        if (event.defaultPrevented || !holdsFiles(event)) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = "none";
      });
    }
    // What was said is about numbers that are no longer shown.
    for (const type of ["input", "change", "gridchange", "scrub"]) panel.addEventListener(type, () => this.clear());
  }

  /** Lets one choose a file for an input. */
  choose(field) {
    const chooser = document.createElement("input");
    Object.assign(chooser, { type: "file", multiple: true, accept: ".csv,.tsv,.txt,.npy,.npz" });
    chooser.addEventListener("change", () => this.#read(field, [...chooser.files]));
    chooser.click();
  }

  /** Takes away what was said about files. */
  clear() {
    for (const note of this.#panel.querySelectorAll(".note-of-file")) note.remove();
  }

  #mark(field) {
    if (field === this.#over) return;
    this.#over?.classList.remove("over");
    field?.classList.add("over");
    this.#over = field;
  }

  async #read(field, files) {
    const name = field.dataset.input;
    field.setAttribute("aria-busy", "true");
    let arrays;
    let problem = null;
    try {
      arrays = await arraysOf(files);
    } catch (error) {
      problem = error;
    }
    // The panel may have been written anew meanwhile.
    const now = this.#panel.querySelector(`[data-input="${CSS.escape(name)}"]`);
    field.removeAttribute("aria-busy");
    if (!now) return;
    if (problem) this.#say(now, problem.title, (problem.errors?.length ? problem.errors : [{ message: problem.detail }]).map(sentence));
    else this.#take(now, arrays, files);
  }

  #take(field, arrays, files) {
    const fit = (target, nested) => (files.every(isTable) ? fitted(nested, sizesOf(this.#actions.content(target))) : nested);
    const names = Object.keys(arrays);
    const empty = names.find((name) => count(sizesOf(arrays[name])) === 0);
    if (empty !== undefined) {
      this.#say(field, "There are no numbers in it", [`${told(empty, arrays[empty])} is empty.`]);
      return;
    }
    if (names.length === 1) {
      this.#actions.take({ [field.dataset.input]: fit(field, arrays[names[0]]) });
      return;
    }
    const fields = Object.fromEntries([...this.#panel.querySelectorAll("[data-input]")].map((other) => [other.dataset.input, other]));
    const known = names.filter((name) => name in fields);
    if (known.length) {
      this.#actions.take(Object.fromEntries(known.map((name) => [name, fit(fields[name], arrays[name])])));
      const others = names.filter((name) => !known.includes(name));
      const list = others.map((name) => told(name, arrays[name])).join(", ");
      if (others.length) this.#say(field, `Taken: ${known.join(", ")}`, [`No inputs are: ${list}.`], true);
      return;
    }
    const choices = names.map((name) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: told(name, arrays[name]) });
      button.addEventListener("click", () => this.#actions.take({ [field.dataset.input]: fit(field, arrays[name]) }));
      return button;
    });
    const title = `${files.map((file) => file.name).join(", ")}: ${names.length} arrays`;
    this.#say(field, title, [`None is called like an input. Which one is ${field.dataset.input}?`], true, choices);
  }

  /**
   * A few words at an input, until the next change.
   * @param {string} title
   * @param {string[]} lines
   * @param {boolean} plain nothing is wrong
   * @param {HTMLButtonElement[]} choices
   */
  #say(field, title, lines, plain = false, choices = []) {
    this.clear();
    const note = document.createElement("div");
    note.className = plain ? "note-of-file plain" : "note-of-file";
    note.setAttribute("role", "alert");
    const close = document.createElement("button");
    Object.assign(close, { type: "button", className: "close", textContent: "×", title: "Close", ariaLabel: "Close" });
    close.addEventListener("click", () => {
      this.clear();
      field.querySelector(".more")?.focus();
    });
    const head = Object.assign(document.createElement("strong"), { textContent: title });
    note.append(close, head, ...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
    if (choices.length) {
      const row = document.createElement("div");
      row.className = "choices";
      row.append(...choices);
      note.append(row);
    }
    field.append(note);
  }
}

const holdsFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;

/** A fault of the server in words, with its place in the file. */
function sentence({ message, line, column, hint }) {
  const place = line ? `Row ${line}${column ? `, cell ${column}` : ""}: ` : "";
  return `${place}${message}${hint ? ` ${hint}` : ""}`;
}
