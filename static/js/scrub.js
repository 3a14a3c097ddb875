// Changing a number by its own step: with the arrow keys, or by dragging sideways on its cell.
import { cells, indexOf } from "./cells.js";

/** So far the pointer goes sideways before a click is a drag, and then for each step, in pixels. */
const SLACK = 3;
const PER_STEP = 4;
/** Presses that follow each other within so many milliseconds are one change. */
const PAUSE = 1200;
/** More digits than these nobody typed: they are the rest of a calculation, and the last of them is no step to take. */
const TYPED = 6;

/**
 * A number as it is written, in decimal: `digits` units of the place `place`, so that no sum leaves dust behind.
 * @typedef {{digits: bigint, place: number, exponent: number | null}} Written `exponent` where there is one in the text
 */

/**
 * @param {string} text
 * @returns {Written | null} null where the text is no number
 */
export function written(text) {
  const found = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d{1,3}))?$/i.exec(text.trim().replaceAll("−", "-") || "0");
  if (!found || !(found[2] + found[3])) return null;
  const [, sign, whole, decimals, exponent] = found;
  const digits = BigInt(whole + decimals) * (sign === "-" ? -1n : 1n);
  return { digits, place: Number(exponent ?? 0) - decimals.length, exponent: exponent === undefined ? null : Number(exponent) };
}

/** @param {Written} number */
export function text({ digits, place, exponent }) {
  const decimals = (exponent ?? 0) - place;
  const plain = String(digits < 0n ? -digits : digits).padStart(decimals + 1, "0");
  const point = plain.length - decimals;
  const mantissa = decimals > 0 ? `${plain.slice(0, point)}.${plain.slice(point)}` : plain;
  return `${digits < 0n ? "-" : ""}${mantissa}${exponent === null ? "" : `e${exponent}`}`;
}

/**
 * The place in which a number steps: that of its last decimal; for whole numbers tenths where the grid has decimals, else ones.
 * A lone 0 steps by tenths, and a number longer than one types in its third significant digit.
 * @param {Written} number
 * @param {boolean} decimals whether the grid has any
 */
export function stepPlace({ digits, place, exponent }, decimals) {
  const length = String(digits < 0n ? -digits : digits).length;
  if (place < 0) return length > TYPED ? Math.max(place, Math.min(length + place - 3, -1)) : place;
  return exponent === null && (decimals || digits === 0n) ? -1 : place;
}

/**
 * A number so many steps further. Its decimals stay, and become more where the step is finer.
 * @param {Written} number
 * @param {number} times
 * @param {number} step its place
 * @returns {Written}
 */
export function moved({ digits, place, exponent }, times, step) {
  const fine = Math.min(place, step);
  return { digits: digits * 10n ** BigInt(place - fine) + BigInt(times) * 10n ** BigInt(step - fine), place: fine, exponent };
}

const finer = (event) => (event.shiftKey ? 1 : 0) - (event.altKey ? 1 : 0);

export class Scrub {
  #panel;
  #wrote;
  /** The change that is going on: its cell, what it is called, the number it began with, and its step, which it keeps. */
  #run = null;
  #timer = 0;
  /** The pointer that is down on a cell. `run` once it has gone far enough. */
  #drag = null;

  /**
   * Tells of each change by an event `scrub` on the panel, of three phases: start, move, end.
   * @param {HTMLElement} panel
   * @param {(cell: HTMLInputElement) => void} wrote called when a cell has another number
   */
  constructor(panel, wrote) {
    this.#panel = panel;
    this.#wrote = wrote;
    panel.addEventListener("keydown", (event) => this.#press(event));
    panel.addEventListener("focusout", (event) => {
      if (event.target === this.#run?.cell && !this.#drag?.run) this.end();
    });
    // What is typed is no part of a scrub: that ends before others hear of the typing.
    panel.addEventListener("input", () => this.end(), { capture: true });
    panel.addEventListener("pointerdown", (event) => this.#down(event));
    // Where a browser tells of movements at once, and not only with the next frame, the answer is there for that frame.
    panel.addEventListener("onpointerrawupdate" in window ? "pointerrawupdate" : "pointermove", (event) => this.#move(event));
    for (const type of ["pointerup", "pointercancel", "lostpointercapture"]) {
      panel.addEventListener(type, (event) => this.#up(event));
    }
    // A drag selects no text, and carries off none that is selected.
    panel.addEventListener("selectstart", (event) => {
      if (this.#drag?.went) event.preventDefault();
    });
    panel.addEventListener("dragstart", (event) => {
      if (this.#drag) event.preventDefault();
    });
  }

  /** Ends a change that is going on, if one is. */
  end() {
    if (this.#run) this.#tell("end");
    this.forget();
  }

  /** Forgets a change that is going on, and tells nobody: the numbers are others now. */
  forget() {
    clearTimeout(this.#timer);
    this.#run?.cell.classList.remove("scrubbed");
    this.#run = null;
  }

  #press(event) {
    const up = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!up || event.ctrlKey || event.metaKey || !event.target.matches(".grid input")) return;
    event.preventDefault();
    if (this.#drag?.run) return;
    if (this.#run?.cell !== event.target && !this.#begin(event.target)) return;
    this.#step(up, event);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(), PAUSE);
  }

  /** @returns {boolean} whether the cell holds a number */
  #begin(cell) {
    this.end();
    const now = written(cell.value);
    if (!now || !Number.isFinite(Number(text(now)))) return false;
    const field = cell.closest("fieldset");
    const decimals = cells(field).some((other) => /\.\d|e-/i.test(other.value));
    const place = stepPlace(now, decimals);
    this.#run = { cell, now, place, input: field.dataset.input, index: indexOf(cell), from: Number(text(now)), before: cell.value };
    this.#tell("start");
    return true;
  }

  #step(times, event) {
    this.#run.now = moved(this.#run.now, times, this.#run.place + finer(event));
    this.#write(text(this.#run.now));
  }

  #write(words) {
    this.#run.cell.value = words;
    this.#wrote(this.#run.cell);
    this.#tell("move");
  }

  #tell(phase) {
    const { input, index, from, now } = this.#run;
    const detail = { phase, input, index, from, value: Number(text(now)) };
    this.#panel.dispatchEvent(new CustomEvent("scrub", { bubbles: true, detail }));
  }

  #down(event) {
    if (!event.isPrimary || event.button !== 0 || !event.target.matches(".grid input")) return;
    this.#drag = { id: event.pointerId, cell: event.target, x: event.clientX, steps: 0, went: false, run: false };
  }

  #move(event) {
    const drag = this.#drag;
    if (event.pointerId !== drag?.id) return;
    const far = event.clientX - drag.x;
    drag.went ||= far !== 0;
    if (!drag.run) {
      if (Math.abs(far) <= SLACK) return;
      drag.run = this.#begin(drag.cell);
      if (!drag.run) {
        this.#drag = null;
        return;
      }
      drag.cell.setPointerCapture(drag.id);
      drag.cell.classList.add("scrubbed");
      document.addEventListener("keydown", this.#escape, { capture: true });
    }
    if (!this.#run) return;
    const steps = Math.trunc(far / PER_STEP);
    if (steps !== drag.steps) this.#step(steps - drag.steps, event);
    drag.steps = steps;
  }

  #up(event) {
    if (event.pointerId === this.#drag?.id) this.#drop();
  }

  #drop() {
    const { run } = this.#drag;
    this.#drag = null;
    document.removeEventListener("keydown", this.#escape, { capture: true });
    if (run) this.end();
  }

  /** Puts the old number back, and lets go. No other Escape of the page is meant. */
  #escape = (event) => {
    if (event.key !== "Escape" || !this.#run) return;
    event.preventDefault();
    event.stopPropagation();
    this.#run.now = written(this.#run.before);
    this.#write(this.#run.before);
    this.#drop();
  };
}
