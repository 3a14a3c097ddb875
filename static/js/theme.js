// Light, dark, or as the system has it; kept in this browser.
import { keep, kept } from "./kept.js";

const NEXT = { auto: "light", light: "dark", dark: "auto" };
const NAMES = { auto: "Auto", light: "Light", dark: "Dark" };
const SIGNS = { auto: "◐", light: "○", dark: "●" };

/**
 * @param {HTMLButtonElement} button goes through the three
 * @param {() => void} changed called when another is chosen
 * @returns {(theme: string) => void} chooses one, as a link does, and keeps nothing
 */
export function applyTheme(button, changed) {
  let theme = "auto";
  const apply = (wanted) => {
    theme = wanted in NEXT ? wanted : "auto";
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = `${SIGNS[theme]} ${NAMES[theme]}`;
    button.setAttribute("aria-label", `Colours: ${NAMES[theme]}`);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    apply(NEXT[theme]);
    keep("theme", theme);
    changed();
  });
  apply(kept("theme"));
  return apply;
}
