// The page: reads its own fields, asks the server, and paints what changed. Without this script it is a form with a Run button.
import { Derivation } from "./derivation.js";
import { Editor } from "./editor.js";
import { Grids } from "./grids.js";
import { Line } from "./line.js";
import { applyTheme } from "./theme.js";

const form = document.getElementById("state");
const graph = document.getElementById("graph");
const inspector = document.getElementById("inspector");
const inputs = document.getElementById("inputs");
const loss = document.getElementById("loss");
const groups = document.getElementById("groups");
const verdict = document.getElementById("verdict");
const problem = document.getElementById("problem");
const select = document.getElementById("select");

document.documentElement.classList.add("scripted");
applyTheme(document.getElementById("theme"));

const editor = new Editor(form.elements.program, document.querySelector(".gutter"), document.querySelector(".marks"));
const grids = new Grids(inputs);
const line = new Line(answer, offline);
/** What was last asked, and what was last answered well: fields may be half typed since. */
let asked = null;
let shown = problem.childElementCount ? null : message();
const derivation = new Derivation(document.getElementById("derivation"), graph, () => shown ?? message());

/** Everything the server needs to know, as POST /api/v1/graph takes it, and which card is inspected. */
function message() {
  const boxes = [...groups.querySelectorAll("[name=open]")];
  const which = (open) => boxes.filter((box) => box.checked === open).map((box) => box.value);
  const request = {
    program: editor.text, inputs: grids.values(), detail: form.elements.detail.value, open: which(true), closed: which(false),
  };
  return { request, select: select.value || null };
}

function ask() {
  asked = message();
  line.send(asked);
}

let waiting = 0;
/** Asks when the typing pauses: half a word is no program. */
function askSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(ask, 180);
}

/**
 * @param {any} found what `web/live.py` says has changed
 * @param {any} sent what was asked
 */
function answer(found, sent) {
  if (found.inputs !== undefined && grids.replace(found.inputs, found.signature)) ask();
  if (found.problem) {
    showProblem(found.problem);
    return;
  }
  shown = { request: sent.request, select: found.select };
  verify();
  clearProblem();
  if (found.svg !== undefined) {
    const focused = document.activeElement?.closest?.(".card")?.dataset.node;
    graph.innerHTML = found.svg;
    if (focused) card(focused)?.focus();
    listCards(found.cards, found.select);
    const box = groups.contains(document.activeElement) ? document.activeElement.value : null;
    groups.innerHTML = found.groups;
    groups.parentElement.hidden = !groups.childElementCount;
    if (box) groups.querySelector(`[value="${CSS.escape(box)}"]`)?.focus();
  } else {
    for (const [node, part, index, text, tint] of found.cells) paint(node, part, index, text, tint);
    for (const [node, words] of Object.entries(found.words)) say(node, words);
    for (const [edge, words] of Object.entries(found.edges)) {
      graph.querySelector(`[data-edge="${CSS.escape(edge)}"] > title`).textContent = words;
    }
    graph.querySelector(".graph > title").textContent = found.title;
  }
  const inside = inspector.contains(document.activeElement);
  inspector.innerHTML = found.inspector;
  if (inside) inspector.focus();
  select.value = found.select;
  choose(found.select);
  derivation.update();
  loss.textContent = found.title;
  document.title = `${found.title} · Curly d`;
}

const card = (node) => graph.querySelector(`[data-node="${CSS.escape(node)}"]`);

function paint(node, part, index, text, tint) {
  const block = card(node).querySelector(`[data-part="${part}"]`);
  if (index === null) {
    block.querySelector(".line").textContent = text;
    return;
  }
  const cell = block.querySelector(`[data-cell="${index}"]`);
  cell.setAttribute("class", `cell ${tint}`);
  cell.querySelector("text").textContent = text;
}

function say(node, words) {
  const element = card(node);
  element.setAttribute("aria-label", words);
  element.querySelector("title").textContent = words;
}

function choose(node) {
  graph.querySelector(".chosen")?.classList.remove("chosen");
  card(node)?.classList.add("chosen");
}

function listCards(cards, chosen) {
  select.replaceChildren(...cards.map(({ id, text }) => new Option(text, id, false, id === chosen)));
}

/** What went wrong, in words and at its line; the last good picture stays, and is marked as such. */
function showProblem(found) {
  for (const element of [graph, loss, verdict, inspector, document.getElementById("derivation")]) element.classList.add("stale");
  // The card that was chosen since belongs to no picture: the one that is shown stays.
  if (shown) {
    select.value = shown.select;
    choose(shown.select);
  }
  const title = document.createElement("strong");
  title.textContent = found.title;
  const list = document.createElement("ul");
  for (const error of found.errors ?? [{ message: found.detail }]) {
    const item = document.createElement("li");
    if (error.line) {
      const at = document.createElement("span");
      at.className = "at";
      at.textContent = `line ${error.line}, column ${error.column}`;
      item.append(at, " ");
    }
    item.append(error.message);
    if (error.hint) {
      const hint = document.createElement("span");
      hint.className = "hint";
      hint.textContent = error.hint;
      item.append(" ", hint);
    }
    list.append(item);
  }
  problem.replaceChildren(title, list);
  editor.mark((found.errors ?? []).filter((error) => error.line));
}

function clearProblem() {
  for (const element of [graph, loss, inspector]) element.classList.remove("stale");
  problem.replaceChildren();
  editor.mark([]);
}

function offline() {
  showProblem({ title: "The server does not answer", detail: "The picture is the last that was drawn. Change something to try again." });
}

form.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.getAttribute("formaction")) return;
  event.preventDefault();
  if (button?.name === "select") select.value = button.value;
  ask();
});
editor.element.addEventListener("input", askSoon);
inputs.addEventListener("input", (event) => {
  if (event.target.closest(".grid, .block")) ask();
});
inputs.addEventListener("change", ask);
inputs.addEventListener("gridchange", ask);
select.addEventListener("change", ask);
for (const radio of form.elements.detail) {
  radio.addEventListener("change", () => {
    // What stands open is another matter at another level of detail.
    groups.replaceChildren();
    ask();
  });
}

groups.addEventListener("change", ask);
document.addEventListener("pick", (event) => inspect(event.detail));

/** Opens or closes a group; an address that the list does not hold is added to it. */
function fold(name, open) {
  let box = groups.querySelector(`[name=open][value="${CSS.escape(name)}"]`);
  if (!box) {
    box = Object.assign(document.createElement("input"), { type: "checkbox", name: "open", value: name });
    groups.append(box);
  }
  box.checked = open;
  ask();
}

let judging = 0;
/** Holds the gradients against finite differences, when the numbers rest. */
function verify() {
  clearTimeout(judging);
  verdict.classList.add("stale");
  judging = setTimeout(async () => {
    const mine = judging;
    const { request } = asked ?? message();
    try {
      const response = await fetch("/verdict", {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request),
      });
      const found = response.ok ? await response.json() : { text: "", passed: true };
      if (mine !== judging) return;
      verdict.textContent = found.text;
      verdict.classList.toggle("failed", !found.passed);
      verdict.classList.remove("stale");
    } catch {
      verdict.textContent = "";
    }
  }, 350);
}

graph.addEventListener("click", (event) => {
  const sign = event.target.closest?.(".fold");
  if (sign) {
    fold(sign.dataset.open ?? sign.dataset.close, sign.dataset.open !== undefined);
    return;
  }
  const node = event.target.closest?.(".card")?.dataset.node;
  if (node) inspect(node);
});
graph.addEventListener("keydown", (event) => {
  const node = event.target.closest?.(".card")?.dataset.node;
  if (!node) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    inspect(node);
  } else if (event.key === "+") {
    const sign = event.target.closest(".card").querySelector("[data-open]");
    if (sign) fold(sign.dataset.open, true);
  }
});

function inspect(node) {
  select.value = node;
  choose(node);
  ask();
}

for (const menu of document.querySelectorAll(".menu")) {
  document.addEventListener("click", (event) => {
    // What was clicked may have been replaced since: then it was within.
    if (!menu.contains(event.target) && event.target.isConnected) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

choose(select.value);
if (problem.childElementCount) graph.classList.add("stale");
