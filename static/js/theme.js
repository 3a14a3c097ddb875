// Light, dark, or as the system has it; kept in this browser.

const NEXT = { auto: "light", light: "dark", dark: "auto" };
const NAMES = { auto: "Auto", light: "Light", dark: "Dark" };
const SIGNS = { auto: "◐", light: "○", dark: "●" };

/** @param {HTMLButtonElement} button goes through the three */
export function applyTheme(button) {
  let theme = localStorage.getItem("theme") ?? "auto";
  const apply = () => {
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = `${SIGNS[theme]} ${NAMES[theme]}`;
    button.setAttribute("aria-label", `Colours: ${NAMES[theme]}`);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    theme = NEXT[theme] ?? "auto";
    localStorage.setItem("theme", theme);
    apply();
  });
  apply();
}
