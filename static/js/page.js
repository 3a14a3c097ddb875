// The page: reads its own fields, asks the server, and paints what changed. Without this script it is a form with a Run button.
import { DRAGGED, Derivation } from "./derivation.js";
import { Editor } from "./editor.js";
import { Faults } from "./faults.js";
import { Grids } from "./grids.js";
import { History } from "./history.js";
import { Light } from "./light.js";
import { Line } from "./line.js";
import { morph } from "./morph.js";
import { applyDividers, applyHidden, applyMenus, present } from "./panels.js";
import { Paths } from "./paths.js";
import { Picture } from "./picture.js";
import { Practice } from "./practice.js";
import { Player } from "./player.js";
import { writes } from "./search.js";
import * as settings from "./settings.js";
import { Share } from "./share.js";
import { applyTheme } from "./theme.js";
import { Verdict } from "./verdict.js";
import { Viewport } from "./viewport.js";
import { Walk } from "./walk.js";

const at = (id) => document.getElementById(id);
const form = at("state");
const graph = at("graph");
const inputs = at("inputs");
const groups = at("groups");
const problem = at("problem");
const select = at("select");

document.documentElement.classList.add("scripted");
const paint = applyTheme(at("theme"), () => share.write());
applyDividers();
applyMenus();

const editor = new Editor(form.elements.program, document.querySelector(".gutter"), document.querySelector(".marks"));
const grids = new Grids(inputs);
const faults = new Faults(problem, editor);
const picture = new Picture(graph, new Viewport(graph));
const light = new Light(graph, picture);
const walk = new Walk(graph, picture);
const history = new History(() => {
  for (const [id, can, other] of [["undo", history.canUndo, "redo"], ["redo", history.canRedo, "undo"]]) {
    const focused = at(id) === document.activeElement;
    at(id).disabled = !can;
    if (focused && !can) at(other).focus();
  }
});
/** Groups that were opened (true) or closed (false) by hand. */
let folds = new Map();
/** The number that is being changed, and what it was before. */
let since = null;
/** Grows when a whole state is put in: what was asked before it says nothing about the fields any more. */
let era = 0;
const eras = new WeakMap();
/** The panel of inputs is wanted, whatever the server thinks the page has. */
let bare = false;
/** The example, and what it says: only what differs from it need stand in the address. */
let example = new URLSearchParams(location.search).get("example") ?? form.elements.example?.value ?? "";
let origin = "";
/** What a link asks of the page beside its numbers. */
let given = {};
/** What was last asked, and what was last answered well: fields may be half typed since. */
let asked = null;
let shown = problem.childElementCount ? null : message();
const line = new Line(answer, offline);
const current = () => shown ?? message();
const derivation = new Derivation(at("derivation"), graph, current);
const paths = new Paths(at("paths"), at("pair"), light, () => shown, () => share.write());
const player = new Player(at("player"), picture, () => shown?.request, () => share.write());
const verdict = new Verdict(at("verdict"), () => current().request);
const share = new Share(state, take);
const practice = new Practice(() => shown?.request, () => share.write(), (lesson) => {
  for (const id of ["summary", "source"]) at(id).textContent = "";
  at("example-title").textContent = "Examples";
  take({ ...lesson, hide: given.hide, lock: given.lock, example: "" });
});

/** The groups that were opened, or closed, by hand. */
function folded(open) {
  return [...folds].filter(([, one]) => one === open).map(([name]) => name);
}

/** Everything the server needs to know, as `web/live.py` takes it. */
function message() {
  const wanted = settings.read(form);
  const request = { program: editor.text, inputs: grids.values(), ...settings.forRequest(wanted), open: folded(true), closed: folded(false) };
  return { request, select: select.value || null, table: wanted.view === "table", ...(since && { since }), ...(bare && { fields: true }) };
}

function ask() {
  asked = message();
  eras.set(asked.request, era);
  clearTimeout(patience);
  patience = setTimeout(() => isBusy(true), SLOW);
  line.send(asked);
}

/** An answer that takes longer than so many milliseconds is seen to be on its way. */
const SLOW = 300;
let patience = 0;
function isBusy(busy) {
  clearTimeout(patience);
  at("stage").classList.toggle("busy", busy);
  graph.setAttribute("aria-busy", String(busy));
}

let waiting = 0;
/** Asks when the typing pauses: half a word is no program. */
function askSoon() {
  clearTimeout(waiting);
  waiting = setTimeout(ask, 180);
}

/** What undo brings back. */
const snapshot = () => ({ example, program: editor.text, inputs: grids.values(), settings: settings.read(form), folds: [...folds] });

/**
 * Something was changed by hand: it can be undone, stands in the address, and is asked for.
 * @param {string} what changes of one thing are undone at once
 */
function changed(what, soon = false) {
  if (!what.startsWith("scrub")) since = null;
  if (after) after.own = false;
  history.record(snapshot(), what);
  share.write();
  if (soon) askSoon();
  else ask();
}

/** @param {any} found what undo, or redo, brings back */
function restore(found) {
  if (!found) return;
  since = null;
  era += 1;
  if (after) after.own = false;
  if (found.example !== example) share.name(found.example);
  example = found.example;
  put(found);
  share.write();
}

/** Writes a state into the fields, and asks for it. */
function put(found) {
  editor.text = found.program;
  at("factor").value = settings.factorOf(found.program);
  grids.restore(found.inputs);
  settings.write(form, found.settings);
  folds = new Map(found.folds);
  showTable();
  ask();
}

/** Everything that a link or a file holds. @param {boolean} [whole] the numbers too where the example has them */
function state(whole = false) {
  const own = JSON.stringify([editor.text, grids.values()]) === origin;
  return {
    ...given, example, ...settings.read(form), scheme: document.documentElement.dataset.theme,
    open: folded(true), closed: folded(false), select: select.value, pair: paths.target,
    step: player.step === null ? "" : String(player.step + 1), ...derivation.chosen, ...practice.chosen,
    present: document.documentElement.classList.contains("present"), ...((whole || !own) && { program: editor.text, inputs: grids.values() }),
  };
}

/**
 * Shows what a link, a file or the list of examples holds.
 * @param {any} found with `program` and `inputs` where they are not those of the example
 * @param {any} [wanted] the example it is about, as the server gives it
 * @param {boolean} [first] it is what the page was opened with: nothing before it is there to be undone
 */
function take(found, wanted, first = false) {
  const other = wanted?.id ?? found.example ?? example;
  if (wanted || other !== example) origin = "";
  example = other;
  given = { hide: found.hide, lock: found.lock };
  applyHidden(found.hide, found.lock);
  since = null;
  era += 1;
  // What is half typed is not meant for another state.
  if (inputs.contains(document.activeElement)) document.activeElement.blur();
  // Another panel of inputs: what the old one says is no longer meant.
  const program = found.program ?? wanted?.program;
  const numbers = found.inputs || wanted ? { ...(found.program === undefined && wanted?.inputs), ...found.inputs } : null;
  if (program !== undefined) editor.text = program;
  if (numbers) {
    inputs.replaceChildren();
    inputs.dataset.signature = "";
    bare = true;
    const isPlain = (item) => typeof item !== "object" || item === null || Array.isArray(item);
    grids.restore(Object.fromEntries(Object.entries(numbers).map(([name, item]) => [name, isPlain(item) ? { value: item } : item])));
  }
  folds = new Map([...(found.open ?? []).map((name) => [name, true]), ...(found.closed ?? []).map((name) => [name, false])]);
  settings.write(form, found);
  derivation.choose({ notation: found.notation, order: found.order });
  at("factor").value = settings.factorOf(editor.text);
  after = { pair: found.pair ?? "", step: Number(found.step) || 0, own: Boolean(wanted) && !found.program && !found.inputs, first, practice: found.exercise && { lesson: found.lesson, exercise: found.exercise, load: !found.program } };
  if (found.scheme) paint(found.scheme);
  // Its picture, and with it what can be chosen, comes with the answer.
  if (found.select) select.append(new Option(found.select, found.select));
  select.value = found.select ?? "";
  present(Boolean(found.present));
  showTable();
  ask();
}

/** What is left to do of a link once its picture is there. */
let after = null;

function finish() {
  if (!after) return;
  const { pair, step, own, first, practice: begun } = after;
  after = null;
  if (own) origin = JSON.stringify([editor.text, grids.values()]);
  if (first) history.reset(snapshot());
  else history.record(snapshot());
  if (pair !== paths.target) paths.choose(pair);
  if (step > 0) player.go(step - 1);
  else if (player.step !== null) player.leave();
  if (begun) practice.start(begun, false);
  share.write();
}

/**
 * @param {any} found what `web/live.py` says has changed
 * @param {any} sent what was asked
 */
function answer(found, sent) {
  if (sent.request === asked.request) isBusy(false);
  if (eras.get(sent.request) !== era) {
    // It still changed what the server thinks we show.
    if (!found.problem) picture.update(found);
    if (found.svg !== undefined) structure(found);
    return;
  }
  if (found.inputs !== undefined) {
    bare = false;
    if (grids.replace(found.inputs, found.signature)) ask();
  }
  if (found.problem) {
    showProblem(found.problem, sent.request.program);
    return;
  }
  shown = { request: sent.request, select: found.select };
  verdict.judge();
  clearProblem();
  picture.update(found);
  if (found.svg !== undefined) structure(found);
  if (found.table !== undefined) morph(at("table"), found.table);
  showInspector(found);
  select.value = found.select;
  picture.choose(found.select);
  walk.stop(found.select);
  derivation.update(sent.since && DRAGGED);
  paths.update();
  practice.update();
  player.refresh(sent.since !== undefined);
  // While a number is dragged nobody wants to hear every loss on the way.
  at("loss").ariaLive = sent.since ? "off" : "polite";
  at("loss").textContent = found.title;
  const [actual, predicted] = found.moved?.loss ?? [];
  at("moved").textContent = actual ? `Δ ${actual}${predicted ? ` · predicted ${predicted}` : ""}` : "";
  finish();
}

/** Everything about the chosen card: of the same one most is as it was. */
function showInspector(found) {
  const inspector = at("inspector");
  const inside = inspector.contains(document.activeElement);
  if (inspector.dataset.card === found.select) morph(inspector, found.inspector);
  else inspector.innerHTML = found.inspector;
  inspector.dataset.card = found.select;
  if (inside && !inspector.contains(document.activeElement)) inspector.focus();
}

/** What comes with another picture: the cards one can choose, the groups, and the samples. */
function structure(found) {
  player.reset();
  // What the form says of itself where it is sent: to save the picture, say.
  form.elements.was.value = form.elements.detail.value;
  if (form.elements.example) form.elements.example.value = example;
  select.replaceChildren(...found.cards.map(({ id, text }) => new Option(text, id, false, id === found.select)));
  paths.list(found.cards);
  const box = groups.contains(document.activeElement) ? document.activeElement.value : null;
  groups.innerHTML = found.groups;
  groups.parentElement.hidden = !groups.childElementCount;
  if (box) groups.querySelector(`[value="${CSS.escape(box)}"]`)?.focus();
  const sample = at("sample");
  const before = sample.value;
  const many = Math.min(found.samples, 500);
  sample.replaceChildren(new Option("the whole batch", ""), ...Array.from({ length: many }, (_, i) => new Option(`sample ${i + 1}`, String(i + 1))));
  sample.value = Number(before) <= many ? before : "";
  sample.parentElement.hidden = !found.samples;
  for (const grid of inputs.querySelectorAll(".input.data .grid")) {
    const has = grid.rows.length === found.samples;
    [...grid.rows].forEach((row, index) => row.classList.toggle("sample", has && String(index + 1) === sample.value));
  }
}

/** The picture or its twin. */
function showTable() {
  const table = form.elements.view.value === "table";
  at("table").hidden = !table;
  graph.parentElement.classList.toggle("as-table", table);
}

const FADING = ["graph", "table", "loss", "verdict", "inspector", "derivation"];

/** What went wrong, in words and at its line; the last good picture stays, and is marked as such. */
function showProblem(found, program) {
  for (const id of FADING) at(id).classList.add("stale");
  // The card that was chosen since belongs to no picture: the one that is shown stays.
  if (shown) {
    select.value = shown.select;
    picture.choose(shown.select);
  }
  faults.show(found, program);
}

function clearProblem() {
  for (const id of FADING) if (id !== "verdict" && id !== "derivation") at(id).classList.remove("stale");
  faults.clear();
}

function offline() {
  isBusy(false);
  showProblem({ title: "The server does not answer", detail: "The picture is the last that was drawn. Change something to try again." });
}

/** Opens or closes a group. */
function fold(name, open) {
  folds.set(name, open);
  changed("groups");
}

function inspect(node) {
  select.value = node;
  picture.choose(node);
  share.write();
  ask();
}

form.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (button?.getAttribute("formaction")) return;
  event.preventDefault();
  if (button?.name === "select") inspect(button.value);
});
editor.element.addEventListener("input", () => {
  at("factor").value = settings.factorOf(editor.text);
  changed("program", true);
});
inputs.addEventListener("input", (event) => {
  if (event.target.closest(".grid, .block")) changed(`cell ${event.target.name}`);
});
inputs.addEventListener("change", (event) => {
  if (!event.target.closest(".grid, .block")) changed(`field ${event.target.name}`);
});
inputs.addEventListener("gridchange", () => changed(""));
inputs.addEventListener("scrub", ({ detail }) => {
  const { phase, input, index, from, value } = detail;
  if (phase === "start") since = { input, index, value: from };
  if (phase !== "end") changed(`scrub ${input} ${index}`);
  else if (value === from) changed("");
});
select.addEventListener("change", () => inspect(select.value));
form.addEventListener("input", ({ target }) => {
  if (!(target.name in settings.read(form)) || inputs.contains(target)) return;
  // What stands open is another matter at another level of detail.
  if (target.name === "detail") folds.clear();
  showTable();
  changed(`setting ${target.name}`);
});
at("factor").addEventListener("change", ({ target }) => {
  const text = settings.scaled(editor.text, target.value);
  if (text !== null) editor.text = text;
  target.value = settings.factorOf(editor.text);
  changed("factor");
});
groups.addEventListener("change", ({ target }) => fold(target.value, target.checked));
document.addEventListener("pick", (event) => inspect(event.detail));
at("derivation").addEventListener("explained", () => share.write());

/** A click or a key on a card: it is chosen; with Shift, the paths between it and the chosen one. */
function act(card, shift) {
  if (shift && card.dataset.node !== select.value) paths.choose(card.dataset.node);
  else inspect(card.dataset.node);
}

graph.addEventListener("click", (event) => {
  const sign = event.target.closest?.(".fold");
  const card = event.target.closest?.(".card");
  if (sign) fold(sign.dataset.open ?? sign.dataset.close, sign.dataset.open !== undefined);
  else if (card) act(card, event.shiftKey);
});
graph.addEventListener("keydown", (event) => {
  const card = event.target.closest?.(".card");
  const sign = card?.querySelector("[data-open]");
  if (!card) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    act(card, event.shiftKey);
  } else if (event.key === "+" && sign) {
    fold(sign.dataset.open, true);
  }
});

at("undo").addEventListener("click", () => restore(history.undo()));
at("redo").addEventListener("click", () => restore(history.redo()));
at("present").addEventListener("click", () => {
  present(true);
  share.write();
});
at("leave").addEventListener("click", leave);
function leave() {
  present(false);
  document.querySelector(".settings > summary").focus();
  share.write();
}
document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if (event.key === "Escape" && !event.defaultPrevented && document.documentElement.classList.contains("present")) leave();
  if (!(event.ctrlKey || event.metaKey) || event.altKey || (key !== "z" && key !== "y")) return;
  // Fields that are no part of the state undo by themselves.
  if (writes(event.target) && event.target !== editor.element && !inputs.contains(event.target)) return;
  event.preventDefault();
  restore(key === "y" || event.shiftKey ? history.redo() : history.undo());
});

paths.list([...select.options].map(({ value, text }) => ({ id: value, text })));
picture.choose(select.value);
walk.stop(select.value);
at("factor").value = settings.factorOf(editor.text);
showTable();
if (!problem.childElementCount) origin = JSON.stringify([editor.text, grids.values()]);
else graph.classList.add("stale");
history.record(snapshot());
share.open();
player.refresh();
