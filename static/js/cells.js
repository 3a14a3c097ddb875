// One input of the panel, as its fieldset has it: a grid of cells, or a block of text where there are more numbers than a grid shows.
import { count, mapped, number, rowsOf, sizesOf } from "./tensor.js";

/** @typedef {import("./tensor.js").Nested} Nested */

/** An input up to this many numbers is a grid; a larger one, or one of more than two axes, a block. The server holds to it too. */
export const MOST = 320;
/** Half a list is no list. What a block says until its brackets close is told shortened, and is found here in full. */
const unfinished = new Map();

/** @param {Element} field @returns {HTMLInputElement[]} */
export const cells = (field) => [...field.querySelectorAll(".grid input")];

/** How many axes a grid has. The attribute counts, not what is being typed there. */
const rank = (field) => (field.querySelector("input.shape").defaultValue.match(/\d+/g) ?? []).length;

/**
 * Where a cell stands, with as many numbers as the value has axes.
 * @param {HTMLInputElement} cell
 * @returns {number[]}
 */
export function indexOf(cell) {
  const place = cell.name.split(":")[2].split(",").map(Number);
  return place.slice(2 - rank(cell.closest("fieldset")));
}

/**
 * What the cells say, as text; of a block, its numbers.
 * @param {Element} field
 * @returns {Nested}
 */
export function content(field) {
  const block = field.querySelector(".block");
  if (block) return blockContent(block.value.trim());
  const rows = [...field.querySelectorAll(".grid tr")].map((row) => [...row.querySelectorAll("input")].map((cell) => cell.value));
  return [rows[0][0], rows[0], rows][rank(field)];
}

/** The value of an input: numbers, and text where it is none. */
export function read(field) {
  const block = field.querySelector(".block");
  const value = block ? content(field) : mapped(content(field), number);
  if (block) field.querySelector(".shape").textContent = sizesOf(value)?.join(" × ") ?? "";
  return value;
}

function blockContent(text) {
  if (text.startsWith("[")) {
    try {
      return JSON.parse(text);
    } catch {
      unfinished.set(text.slice(0, 40), text);
      return text.slice(0, 40);
    }
  }
  const rows = text.split("\n").map((row) => row.trim().split(/[\s,;]+/).filter(Boolean).map(number));
  return rows.filter((row) => row.length);
}

/** A block's text: a matrix has a row a line; anything else is JSON, so that a vector is not taken for a column. */
function blockText(nested) {
  if (!Array.isArray(nested)) return unfinished.get(nested) ?? String(nested);
  if (nested.every((row) => Array.isArray(row) && !row.some(Array.isArray))) return nested.map((row) => row.join("\t")).join("\n");
  return `[${mapped(nested, (leaf) => (typeof leaf === "string" ? number(leaf) : leaf)).map((item) => JSON.stringify(item)).join(",\n ")}]`;
}

/**
 * Shows other numbers. Cells stay the elements they are while the shape stays, and so keep the focus.
 * @param {Element} field
 * @param {Nested} nested
 */
export function write(field, nested) {
  const sizes = sizesOf(nested);
  const shape = sizes?.join(" × ") ?? "";
  const old = field.querySelector(".grid, .block");
  if (!sizes || sizes.length > 2 || count(sizes) < 1 || count(sizes) > MOST) {
    const block = old.matches(".block") ? old : blockElement(field.dataset.input);
    block.value = blockText(nested);
    if (block === old) field.querySelector(".shape").textContent = shape;
    else put(field, block, Object.assign(document.createElement("span"), { className: "shape", textContent: shape }));
    return;
  }
  const rows = rowsOf(nested).map((row) => row.map(String));
  if (old.matches(".grid") && field.querySelector("input.shape").defaultValue === shape) {
    const flat = rows.flat();
    cells(field).forEach((cell, place) => {
      if (cell.value !== flat[place]) cell.value = flat[place];
    });
    field.querySelector("input.shape").value = shape;
  } else {
    put(field, gridElement(field.dataset.input, rows), shapeElement(field.dataset.input, shape));
  }
}

function put(field, numbers, shape) {
  field.querySelector(".grid, .block").replaceWith(numbers);
  const before = field.querySelector(".shape");
  // A shape that is being edited keeps the focus.
  if (before.matches("input") && shape.matches("input")) Object.assign(before, { defaultValue: shape.value, value: shape.value });
  else before.replaceWith(shape);
}

function gridElement(name, rows) {
  const table = document.createElement("table");
  table.className = "grid";
  rows.forEach((row, i) => {
    const line = table.insertRow();
    row.forEach((text, j) => {
      const cell = document.createElement("input");
      Object.assign(cell, { name: `cell:${name}:${i},${j}`, value: text, inputMode: "decimal" });
      cell.setAttribute("aria-label", `${name} row ${i + 1} column ${j + 1}`);
      line.insertCell().append(cell);
    });
  });
  return table;
}

function shapeElement(name, text) {
  const shape = document.createElement("input");
  Object.assign(shape, { className: "shape", name: `shape:${name}`, defaultValue: text, placeholder: "one number" });
  shape.title = "Rows × columns, such as 3 × 2; empty for a single number";
  shape.setAttribute("aria-label", `Shape of ${name}`);
  return shape;
}

function blockElement(name) {
  const block = document.createElement("textarea");
  Object.assign(block, { className: "block", name: `block:${name}`, rows: 8, spellcheck: false });
  block.setAttribute("aria-label", `Numbers of ${name}, a row a line`);
  return block;
}
