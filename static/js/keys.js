// What the keys do in the program's text: indent, go on at the same depth, comment, and let go of the field.

const STEP = "    ";

export class Keys {
  #editor;
  /** Escape was pressed: the next Tab goes on to what follows the field, as it does everywhere else. */
  #leaving = false;

  /** @param {import("./editor.js").Editor} editor */
  constructor(editor) {
    this.#editor = editor;
    const field = editor.element;
    const way = document.createElement("p");
    way.id = "program-keys";
    way.className = "way-out";
    way.textContent = "Tab indents; Esc, then Tab leaves";
    field.after(way);
    field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby") ?? ""} ${way.id}`.trim());
    field.addEventListener("keydown", (event) => this.#pressed(event));
    field.addEventListener("blur", () => {
      this.#leaving = false;
    });
  }

  #pressed(event) {
    // What was pressed may have been meant for the suggestions, or for an input method.
    if (event.defaultPrevented || event.isComposing || this.#editor.element.readOnly) return;
    const command = event.ctrlKey || event.metaKey;
    if (event.key === "Escape") {
      this.#leaving = true;
    } else if (event.key === "Tab" && !command && !event.altKey) {
      if (this.#leaving) return;
      event.preventDefault();
      this.#indent(event.shiftKey);
    } else if (event.key === "Enter" && !command && !event.altKey && !event.shiftKey) {
      event.preventDefault();
      this.#breakLine();
    } else if (event.key === "/" && command) {
      event.preventDefault();
      this.#comment();
    }
    if (!["Escape", "Tab", "Shift"].includes(event.key)) this.#leaving = false;
  }

  #indent(back) {
    const { selectionStart: from, selectionEnd: to } = this.#editor.element;
    const selected = this.#editor.text.slice(from, to);
    if (back) {
      this.#lines((lines) => lines.map((line) => line.replace(/^(?: {1,4}|\t)/, "")));
    } else if (selected.includes("\n")) {
      this.#lines((lines) => lines.map((line) => line && STEP + line));
    } else {
      this.#editor.edit(from, to, STEP);
    }
  }

  #breakLine() {
    const { selectionStart: from, selectionEnd: to } = this.#editor.element;
    const start = this.#editor.text.lastIndexOf("\n", from - 1) + 1;
    const before = this.#editor.text.slice(start, from);
    const comment = this.#editor.tokens.find((token) => token.kind === "comment" && token.from >= start && token.from < from);
    const code = comment ? before.slice(0, comment.from - start) : before;
    const depth = before.match(/^[ \t]*/)[0] + (code.trimEnd().endsWith(":") ? STEP : "");
    this.#editor.edit(from, to, `\n${depth}`);
  }

  #comment() {
    this.#lines((lines) => {
      const written = lines.filter((line) => line.trim());
      if (written.every((line) => /^\s*#/.test(line))) return lines.map((line) => line.replace(/^(\s*)# ?/, "$1"));
      // The signs stand below one another, as deep as the line that stands furthest left.
      const depth = Math.min(...written.map((line) => line.search(/\S/)));
      return lines.map((line) => (line.trim() ? `${line.slice(0, depth)}# ${line.slice(depth)}` : line));
    });
  }

  /** Writes the selected lines anew, and keeps selected what was. */
  #lines(written) {
    const { element, text } = this.#editor;
    const { selectionStart: from, selectionEnd: to } = element;
    const start = text.lastIndexOf("\n", from - 1) + 1;
    // A selection that ends at the start of a line has nothing of that line.
    const last = to > from && text[to - 1] === "\n" ? to - 1 : to;
    const end = text.indexOf("\n", last) === -1 ? text.length : text.indexOf("\n", last);
    const old = text.slice(start, end).split("\n");
    const lines = written(old);
    const fresh = lines.join("\n");
    if (fresh === text.slice(start, end)) return;
    this.#editor.edit(start, end, fresh);
    const first = Math.max(start, from + lines[0].length - old[0].length);
    element.setSelectionRange(first, Math.max(first, to + fresh.length - (end - start)));
  }
}
