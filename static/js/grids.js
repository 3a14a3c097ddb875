// The grids of numbers, one for each input: reading them, pasting blocks, changing their shape.

const MOST = 320;

/** Text as a number where it is one; anything else stays as it is, for the server to say what is wrong with it. */
function number(text) {
  const plain = text.trim().replaceAll("−", "-");
  return plain !== "" && /^[+-]?(\d+\.?\d*(e[+-]?\d+)?|\.\d+(e[+-]?\d+)?)$/i.test(plain) ? Number(plain) : plain;
}

/** Rows of cells in pasted text: tabs, commas, semicolons or spaces between columns; brackets are overlooked. */
function block(text) {
  const rows = text.trim().replaceAll("],", "\n").replace(/[[\]()]/g, " ").split(/\r?\n/);
  return rows.map((row) => row.trim().split(/[\s,;]+/).filter(Boolean)).filter((row) => row.length);
}

export class Grids {
  #panel;
  /** What inputs had before the program forgot them: they come back with it. */
  #memory = {};

  /** @param {HTMLElement} panel holds a fieldset for each input */
  constructor(panel) {
    this.#panel = panel;
    this.values();
    panel.addEventListener("paste", (event) => this.#paste(event));
    panel.addEventListener("keydown", (event) => this.#walk(event));
    panel.addEventListener("change", (event) => {
      if (event.target.matches("input.shape")) this.#reshape(event.target.closest("fieldset"), event.target.value);
    });
  }

  /** Every input by name, as a request has it: the value, nested, and the role. */
  values() {
    for (const field of this.#panel.querySelectorAll("fieldset")) {
      this.#memory[field.dataset.input] = { value: this.#value(field), role: field.querySelector("select").value };
    }
    const found = { ...this.#memory };
    for (const [name, literal] of Object.entries(this.#literals())) {
      // What the text says already is left to the text.
      const { value, role } = found[name];
      if (JSON.stringify(value) === JSON.stringify(JSON.parse(literal))) found[name] = { role };
    }
    return found;
  }

  /**
   * Other inputs, or other literals in the program: the panel as the server wrote it, unless it shows these already.
   * A literal that was changed in the text counts from then on, whatever its cells said before.
   * @returns {boolean} whether there is something new to ask for that
   */
  replace(html, signature) {
    if (this.#panel.dataset.signature === signature) return false;
    const before = this.#literals();
    const focused = document.activeElement?.name;
    this.#panel.innerHTML = html;
    this.#panel.dataset.signature = signature;
    let changed = false;
    for (const [name, literal] of Object.entries(this.#literals())) {
      if (before[name] === literal) continue;
      const field = this.#panel.querySelector(`[data-input="${CSS.escape(name)}"]`);
      if (JSON.stringify(this.#value(field)) === JSON.stringify(JSON.parse(literal))) continue;
      this.#show(field, JSON.parse(literal));
      changed = true;
    }
    if (focused) this.#panel.querySelector(`[name="${CSS.escape(focused)}"]`)?.focus();
    return changed;
  }

  /** What the program's text gives its inputs, by name, as JSON. */
  #literals() {
    const found = {};
    for (const hidden of this.#panel.querySelectorAll('[name^="literal:"]')) found[hidden.name.slice(8)] = hidden.value;
    return found;
  }

  /** Fills a grid with nested numbers. */
  #show(field, value) {
    if (!field.querySelector(".grid")) return;
    const rank = Array.isArray(value) ? (Array.isArray(value[0]) ? 2 : 1) : 0;
    const rows = [[[value]], [value], value][rank];
    this.#fill(field, rows.map((row) => row.map(String)), rank);
  }

  #value(field) {
    const text = field.querySelector(".block");
    if (text) {
      const plain = text.value.trim();
      if (plain.startsWith("[")) {
        try {
          return JSON.parse(plain);
        } catch {
          return plain.slice(0, 40);
        }
      }
      const rows = plain.split("\n").map((row) => row.trim().split(/[\s,;]+/).filter(Boolean).map(number));
      return rows.filter((row) => row.length);
    }
    const rows = this.#cells(field).map((row) => row.map((cell) => number(cell.value)));
    const rank = this.#rank(field);
    return rank === 0 ? rows[0][0] : rank === 1 ? rows[0] : rows;
  }

  #cells(field) {
    return [...field.querySelectorAll(".grid tr")].map((row) => [...row.querySelectorAll("input")]);
  }

  #rank(field) {
    return (field.querySelector("input.shape").value.match(/\d+/g) ?? []).length;
  }

  /** How deep the value was nested when it was last read: what the shape was before it was edited. */
  #depth(field) {
    let depth = 0;
    for (let value = this.#memory[field.dataset.input]?.value; Array.isArray(value); value = value[0]) depth += 1;
    return depth;
  }

  #paste(event) {
    const field = event.target.closest("fieldset");
    if (!event.target.closest(".grid")) return;
    const rows = block(event.clipboardData.getData("text"));
    const width = Math.max(...rows.map((row) => row.length), 0);
    if (rows.length * width < 2) return;
    event.preventDefault();
    const [r, c] = this.#place(field, event.target);
    const old = this.#cells(field).map((row) => row.map((cell) => cell.value));
    const height = Math.max(old.length, r + rows.length);
    const columns = Math.max(old[0].length, c + width);
    if (height * columns > MOST) {
      this.#asBlock(field, rows);
    } else {
      const filled = Array.from({ length: height }, (_, i) =>
        Array.from({ length: columns }, (_, j) => rows[i - r]?.[j - c] ?? old[i]?.[j] ?? "0"),
      );
      this.#fill(field, filled, height > 1 ? 2 : Math.max(this.#rank(field), 1));
    }
    this.#changed();
  }

  #place(field, input) {
    const cells = this.#cells(field);
    const row = cells.findIndex((inputs) => inputs.includes(input));
    return [row, cells[row].indexOf(input)];
  }

  /** More numbers than a grid shows: a block of text takes its place. */
  #asBlock(field, rows) {
    const text = document.createElement("textarea");
    text.className = "block";
    text.rows = 8;
    text.name = `block:${field.dataset.input}`;
    text.setAttribute("aria-label", `Numbers of ${field.dataset.input}, a row a line`);
    text.value = rows.map((row) => row.join("\t")).join("\n");
    const shape = document.createElement("span");
    shape.className = "shape";
    shape.textContent = `${rows.length} × ${rows[0].length}`;
    field.querySelector(".grid").replaceWith(text);
    field.querySelector("input.shape").replaceWith(shape);
  }

  #reshape(field, text) {
    if (!/^\s*(\d+(\s*[x×*,]\s*\d+)?\s*,?)?\s*$/.test(text)) {
      this.#fill(field, this.#cells(field).map((row) => row.map((cell) => cell.value)), this.#depth(field));
      return;
    }
    const sizes = (text.match(/\d+/g) ?? []).map(Number);
    const cells = this.#cells(field);
    const old = cells.map((row) => row.map((cell) => cell.value));
    const [rows, columns] = sizes.length === 2 ? sizes : [1, sizes[0] ?? 1];
    if (sizes.length > 2 || rows * columns < 1 || rows * columns > MOST) {
      this.#fill(field, old, this.#depth(field));
      return;
    }
    // A vector that becomes a column, or the other way round, keeps its numbers.
    const flat = old.flat();
    const same = flat.length === rows * columns;
    const filled = Array.from({ length: rows }, (_, i) =>
      Array.from({ length: columns }, (_, j) => (same ? flat[i * columns + j] : old[i]?.[j]) ?? "0"),
    );
    this.#fill(field, filled, sizes.length);
  }

  #fill(field, rows, rank) {
    const name = field.dataset.input;
    const table = document.createElement("table");
    table.className = "grid";
    rows.forEach((row, i) => {
      const line = table.insertRow();
      row.forEach((text, j) => {
        const input = document.createElement("input");
        input.name = `cell:${name}:${i},${j}`;
        input.value = text;
        input.inputMode = "decimal";
        input.setAttribute("aria-label", `${name} row ${i + 1} column ${j + 1}`);
        line.insertCell().append(input);
      });
    });
    field.querySelector(".grid").replaceWith(table);
    field.querySelector("input.shape").value = [[], [rows[0].length], [rows.length, rows[0].length]][rank].join(" × ");
  }

  /** Enter and the arrows go up and down; left and right stay with the text. */
  #walk(event) {
    if (!event.target.closest(".grid")) return;
    const step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const [row, column] = this.#place(event.target.closest("fieldset"), event.target);
    const next = this.#cells(event.target.closest("fieldset"))[row + step]?.[column];
    next?.focus();
    next?.select();
  }

  #changed() {
    this.#panel.dispatchEvent(new CustomEvent("gridchange", { bubbles: true }));
  }
}
