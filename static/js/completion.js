// What may be written at the caret: the operations, each with a line of help, and the names of the program itself.

/** @typedef {{name: string, signature: string, summary: string, called: boolean}} Suggestion */

/** More than this nobody reads through. */
const MOST = 60;
const LETTERS = 2;

export class Completion {
  #editor;
  #field;
  #list;
  /** @type {Promise<void> | null} */
  #asked = null;
  /** Operations, and after them their other names. */
  #operations = [];
  /** @type {Suggestion[]} */
  #shown = [];
  #chosen = 0;
  /** The word that the suggestions are for; null while the list is closed. */
  #word = null;
  #writing = false;
  /** The word for which suggestions were wanted before there were any. */
  #early = null;

  /** @param {import("./editor.js").Editor} editor */
  constructor(editor) {
    this.#editor = editor;
    this.#field = editor.element;
    this.#list = document.createElement("ul");
    Object.assign(this.#list, { id: "suggestions", className: "suggestions", hidden: true });
    this.#list.setAttribute("role", "listbox");
    this.#list.setAttribute("aria-label", "Suggestions");
    // Whatever scrolls must be within reach of the keyboard, though Tab accepts as long as the list is there.
    this.#list.tabIndex = 0;
    this.#field.closest(".editor").after(this.#list);
    this.#field.setAttribute("aria-autocomplete", "list");
    this.#field.setAttribute("aria-controls", this.#list.id);
    this.#field.addEventListener("focus", () => this.#load());
    if (document.activeElement === this.#field) this.#load();
    this.#field.addEventListener("input", (event) => this.#typed(event));
    this.#field.addEventListener("keydown", (event) => this.#pressed(event));
    this.#field.addEventListener("blur", () => {
      this.#early = null;
      this.#close();
    });
    document.addEventListener("selectionchange", () => this.#moved());
    for (const moving of ["scroll", "resize"]) addEventListener(moving, (event) => this.#place(event), { capture: true, passive: true });
    // A click must not take the focus from the text: the list would be gone before it is over.
    this.#list.addEventListener("mousedown", (event) => event.preventDefault());
    this.#list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#accept(this.#shown[[...this.#list.children].indexOf(option)]);
    });
  }

  /** Asks for the operations once, when the program is first gone to; what failed is asked again the next time. */
  #load() {
    this.#asked ??= fetch("/api/v1/operations")
      .then((response) => response.json())
      .then((found) => {
        const named = (name, { signature, summary }) => {
          return { name, signature: name + signature.slice(signature.indexOf("(")), summary, called: true };
        };
        const others = found.flatMap((one) => one.also.map((name) => ({ ...named(name, one), of: one.name })));
        this.#operations = [...found.map((one) => named(one.name, one)), ...others];
        // Whoever typed on before they came still wants them, at the same word.
        const word = this.#wordAtCaret();
        if (this.#early && word?.from === this.#early.from && word.text === this.#early.text) this.#open(this.#early.unasked);
        this.#early = null;
      })
      .catch(() => {
        this.#asked = null;
      });
  }

  #typed(event) {
    if (this.#writing || event.isComposing) return;
    if (event.inputType === "insertText") this.#open(true);
    else if (this.#word && event.inputType?.startsWith("delete")) this.#open(true);
    else this.#close();
  }

  #pressed(event) {
    if (event.isComposing) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey;
    if (event.key === " " && event.ctrlKey) {
      event.preventDefault();
      this.#open(false);
    } else if (this.#word && plain) {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 6, PageUp: -6 }[event.key];
      if (step) this.#choose(this.#chosen + step, Math.abs(step) === 1);
      else if (event.key === "Enter" || event.key === "Tab") this.#accept(this.#shown[this.#chosen]);
      else if (event.key === "Escape") this.#close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    }
  }

  /** Closes the list when the caret has left the word. */
  #moved() {
    if (!this.#word || this.#writing) return;
    const word = this.#wordAtCaret();
    if (word?.from !== this.#word.from || word.prefix !== this.#word.prefix) this.#close();
  }

  /** The word before the caret, which may be empty; null where nothing is to be suggested: in comments, in text, in numbers. */
  #wordAtCaret() {
    const { selectionStart: caret, selectionEnd: end } = this.#field;
    if (caret !== end) return null;
    const list = this.#editor.tokens;
    const index = list.findIndex(({ from, to }) => from < caret && caret <= to);
    const token = list[index];
    if (!token || token.kind === "bracket") return { from: caret, to: caret, prefix: "", text: "" };
    // Letters right behind a number, as in 1e5, are no name.
    const counted = list[index - 1]?.kind === "number" && list[index - 1].to === token.from;
    if (counted || !["name", "call", "word"].includes(token.kind)) return null;
    return { from: token.from, to: token.to, prefix: token.text.slice(0, caret - token.from), text: token.text };
  }

  /** @param {boolean} unasked whether it opens by itself, while a word is typed */
  #open(unasked) {
    const word = this.#wordAtCaret();
    if (!word || (unasked && ([...word.prefix].length < LETTERS || word.prefix !== word.text))) {
      this.#close();
      return;
    }
    if (!this.#operations.length) this.#early = { ...word, unasked };
    const names = this.#names(word);
    const found = this.#matching(word.prefix, names);
    // A name that is there already needs no help, and must not keep Enter from going to the next line.
    const done = unasked && names.some(({ name }) => name === word.prefix);
    if (done || !found.length) {
      this.#close();
      return;
    }
    this.#word = word;
    this.#shown = found.slice(0, MOST);
    this.#list.replaceChildren(...this.#shown.map(option));
    this.#list.hidden = false;
    this.#list.scrollTop = 0;
    this.#choose(0);
    this.#place();
  }

  /** @returns {Suggestion[]} what the program assigns or uses, but for the word that is being written */
  #names(word) {
    const found = new Map();
    const list = this.#editor.tokens;
    const { text } = this.#editor;
    let depth = 0;
    list.forEach((token, index) => {
      if (token.kind === "bracket") depth += "([{".includes(token.text) ? 1 : -1;
      const defined = list[index - 1]?.text === "def";
      const usable = (token.kind === "name" && text[token.from - 1] !== ".") || (token.kind === "call" && defined);
      if (!usable || token.from === word.from) return;
      const line = text.slice(text.lastIndexOf("\n", token.from - 1) + 1).split("\n", 1)[0].trim();
      const assigned = /^\s*[-+*/@]*=(?!=)/.test(text.slice(token.to, token.to + 12));
      // Within brackets, what stands before = is what an operation calls its argument.
      if (assigned && depth > 0) return;
      const known = found.get(token.text);
      if (known && (known.summary || !assigned)) return;
      found.set(token.text, { name: token.text, signature: token.text, summary: assigned || defined ? line : "", called: defined });
    });
    return [...found.values()];
  }

  /** Names of the program come first; what begins as the word does, before what has it after an underscore. */
  #matching(prefix, names) {
    const wanted = prefix.toLowerCase();
    const own = new Set(names.map(({ name }) => name));
    const all = [...names, ...this.#operations.filter(({ name }) => !own.has(name))];
    const begun = all.filter(({ name }) => name.toLowerCase().startsWith(wanted));
    const later = wanted ? all.filter((one) => !begun.includes(one) && one.name.toLowerCase().includes(`_${wanted}`)) : [];
    const offered = new Set([...begun, ...later].map(({ name }) => name));
    const rank = ({ name }) => (name === prefix ? 0 : own.has(name) ? 1 : name.startsWith(prefix) ? 2 : 3);
    const order = (a, b) => rank(a) - rank(b) || (wanted ? a.name.length - b.name.length : 0);
    // Another name of an operation that is in the list anyway would only fill it.
    return [...begun.sort(order), ...later].filter(({ of }) => !of || !offered.has(of));
  }

  #choose(index, around = false) {
    const last = this.#shown.length - 1;
    if (around) this.#chosen = index < 0 ? last : index > last ? 0 : index;
    else this.#chosen = Math.min(Math.max(index, 0), last);
    [...this.#list.children].forEach((element, at) => element.setAttribute("aria-selected", String(at === this.#chosen)));
    const element = this.#list.children[this.#chosen];
    this.#field.setAttribute("aria-activedescendant", element.id);
    // Only the list itself may scroll for it, never the page.
    const { offsetTop: top, offsetHeight: height } = element;
    this.#list.scrollTop = Math.max(Math.min(this.#list.scrollTop, top), top + height - this.#list.clientHeight);
  }

  /** Below the word, or above it where there is no room. */
  #place(event) {
    if (!this.#word || event?.target === this.#list) return;
    const { x, top, bottom } = this.#editor.boxAt(this.#word.from);
    const { offsetWidth: width, offsetHeight: height } = this.#list;
    const { clientWidth, clientHeight } = document.documentElement;
    const below = bottom + 3 + height <= clientHeight || top < clientHeight - bottom;
    this.#list.style.left = `${Math.max(8, Math.min(x - 10, clientWidth - width - 8))}px`;
    this.#list.style.top = `${below ? bottom + 3 : top - height - 3}px`;
  }

  /** @param {Suggestion} suggestion is written in place of the word */
  #accept({ name, called }) {
    const { from, to } = this.#word;
    const follows = /^ *\(/.test(this.#editor.text.slice(to));
    this.#close();
    this.#writing = true;
    this.#editor.edit(from, to, called && !follows ? `${name}(` : name);
    this.#writing = false;
  }

  #close() {
    if (!this.#word) return;
    this.#word = null;
    this.#list.hidden = true;
    this.#list.replaceChildren();
    this.#field.removeAttribute("aria-activedescendant");
  }
}

/** @param {Suggestion} suggestion */
function option({ name, signature, summary }, index) {
  const part = (kind, text) => Object.assign(document.createElement("span"), { className: kind, textContent: text });
  const head = part("signature", "");
  head.append(part("name", name), signature.slice(name.length));
  const element = Object.assign(document.createElement("li"), { id: `suggestion-${index}` });
  element.setAttribute("role", "option");
  element.append(head);
  if (summary) element.append(" ", part("summary", summary));
  return element;
}
