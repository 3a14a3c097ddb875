// A part of the page as the server wrote it anew: what is the same stays where it is, with its focus and its scroll, and costs no layout.

/** What scripts and readers have set: the server's word on it is for the first time only. */
const KEPT = new Set(["open", "tabindex", "hidden"]);

/**
 * Makes an element's content what some HTML says.
 * @param {Element} target
 * @param {string} html written by the server, which escapes what people wrote
 */
export function morph(target, html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  children(target, template.content);
}

function children(old, fresh) {
  const before = [...old.childNodes];
  const after = [...fresh.childNodes];
  after.forEach((node, index) => (before[index] ? become(before[index], node) : old.append(node)));
  for (const node of before.slice(after.length)) node.remove();
}

function become(node, fresh) {
  if (node.nodeName !== fresh.nodeName) {
    node.replaceWith(fresh);
  } else if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.data !== fresh.data) node.data = fresh.data;
  } else {
    // What was chosen by hand is no attribute.
    for (const state of ["checked", "selected"]) if (state in node && node[state] !== fresh[state]) node[state] = fresh[state];
    for (const { name, value } of fresh.attributes) if (!KEPT.has(name) && node.getAttribute(name) !== value) node.setAttribute(name, value);
    for (const { name } of [...node.attributes]) if (!KEPT.has(name) && !fresh.hasAttribute(name)) node.removeAttribute(name);
    children(node, fresh);
  }
}
