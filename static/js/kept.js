// What stays in this browser, where it lets a page keep anything.

/** @param {string} name @returns {string | null} */
export function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} value */
export function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Storage may be full, or not allowed in a frame of another site: then it is forgotten with the page.
  }
}
