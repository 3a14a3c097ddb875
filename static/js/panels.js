// The rooms of the page: their widths, the menus, what a link hides, and the stage alone for a projector.

import { keep, kept as keptOf } from "./kept.js";

const LEAST = { left: 200, right: 260 };
const MOST = 0.5;
const STEP = 24;

/** A divider is dragged, or moved by the arrows; the widths stay in this browser. */
export function applyDividers() {
  const root = document.documentElement;
  const kept = JSON.parse(keptOf("widths") ?? "{}");
  for (const divider of document.querySelectorAll(".divider")) {
    const side = divider.dataset.sizes;
    const panel = document.getElementById(side);
    const sign = side === "left" ? 1 : -1;
    const most = () => Math.round(innerWidth * MOST);
    const set = (width) => {
      const fits = Math.round(Math.min(Math.max(width, LEAST[side]), most()));
      root.style.setProperty(`--${side}`, `${fits}px`);
      divider.setAttribute("aria-valuenow", String(fits));
      divider.setAttribute("aria-valuemin", String(LEAST[side]));
      divider.setAttribute("aria-valuemax", String(most()));
      kept[side] = fits;
    };
    const remember = () => keep("widths", JSON.stringify(kept));
    divider.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      divider.focus();
      divider.setPointerCapture(event.pointerId);
      const start = panel.getBoundingClientRect().width - sign * event.clientX;
      const move = (moved) => set(start + sign * moved.clientX);
      divider.addEventListener("pointermove", move);
      divider.addEventListener("lostpointercapture", () => {
        divider.removeEventListener("pointermove", move);
        remember();
      }, { once: true });
    });
    divider.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
      const to = { Home: LEAST[side], End: most() }[event.key];
      if (by === undefined && to === undefined) return;
      event.preventDefault();
      set(to ?? panel.getBoundingClientRect().width + sign * by);
      remember();
    });
    divider.addEventListener("dblclick", () => {
      root.style.removeProperty(`--${side}`);
      delete kept[side];
      remember();
    });
    set(kept[side] ?? panel.getBoundingClientRect().width);
    if (kept[side] === undefined) root.style.removeProperty(`--${side}`);
  }
}

/** Menus close when something else is clicked, and by Escape. */
export function applyMenus() {
  for (const menu of document.querySelectorAll(".menu")) {
    document.addEventListener("click", (event) => {
      // Enter in a field clicks the form's first button, which nobody sees.
      if (event.target.matches("button.hidden")) return;
      // What was clicked may have been replaced since: then it was within.
      if (!menu.contains(event.target) && event.target.isConnected) menu.open = false;
    });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
      event.stopPropagation();
    });
  }
}

/**
 * What a teacher's link takes away or locks: `hide=program,code`, `lock=inputs`.
 * @param {string | undefined} hide
 * @param {string | undefined} lock
 */
export function applyHidden(hide, lock) {
  const root = document.documentElement;
  const names = (text) => (text ?? "").split(",").map((name) => name.trim()).filter(Boolean).join(" ");
  root.dataset.hide = names(hide);
  root.dataset.lock = names(lock);
  const locked = names(lock).split(" ");
  document.getElementById("program").readOnly = locked.includes("program");
  document.getElementById("factor").disabled = locked.includes("program");
  document.getElementById("inputs").inert = locked.includes("inputs");
}

/** The stage alone, in large type. */
export function present(on) {
  document.documentElement.classList.toggle("present", on);
  for (const menu of document.querySelectorAll(".menu")) menu.open = false;
  const button = document.getElementById("present");
  button.setAttribute("aria-pressed", String(on));
  document.getElementById("leave").hidden = !on;
  if (on) document.getElementById("leave").focus();
}
