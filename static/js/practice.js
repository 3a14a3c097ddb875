// Practice: a question about one gradient, its answer judged while it is typed, hints, and what has been solved so far.
import { keep, kept } from "./kept.js";
import { post } from "./post.js";

/** Typing has paused. */
const PAUSE = 350;
const TASKS = { shape: "shape", sign: "sign", number: "a number", formula: "formula" };
/** Solved so, a gradient is no secret any more. */
const TELLING = new Set(["number", "formula"]);
const at = (id) => document.getElementById(id);

export class Practice {
  #root = at("practice");
  #toggle = at("practice-toggle");
  #request;
  #write;
  #load;
  #exercises = [];
  #lessons = [];
  #lesson = "";
  /** The program, and the shapes, that the exercises are for. */
  #about = "";
  #wanted = "";
  #waits = false;
  #timer = 0;
  /** Grow with each question to the server: an answer that comes too late is dropped. */
  #asked = 0;
  #listed = 0;
  #hints = null;
  #veil = new CSSStyleSheet();

  /**
   * @param {() => any} request what the picture shows, as it was asked for; null before there is one
   * @param {() => void} write the state has changed: the address says so
   * @param {(lesson: any) => void} load puts a lesson's program and numbers into the page
   */
  constructor(request, write, load) {
    this.#request = request;
    this.#write = write;
    this.#load = load;
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, this.#veil];
    this.#toggle.addEventListener("click", () => (this.open ? this.close() : this.start()));
    at("leave-practice").addEventListener("click", () => this.close());
    at("lesson").addEventListener("change", ({ target }) => this.#choose(target.value));
    at("exercise").addEventListener("change", () => this.#show());
    at("before").addEventListener("click", () => this.#step(-1));
    at("next").addEventListener("click", () => this.#step(1));
    at("hint").addEventListener("click", () => this.#hint());
    at("reveal").addEventListener("click", () => this.#reveal());
    at("forget").addEventListener("click", () => this.#forget());
    at("answer").addEventListener("input", () => {
      for (const id of ["judged", "compared"]) at(id).classList.add("pending");
      this.#soon(() => this.#judge());
    });
    at("backward").addEventListener("input", () => this.#soon(() => this.#judgeWhole()));
    this.#root.addEventListener("keydown", (event) => {
      // Enter in a field would send the page's form.
      if (event.key === "Enter" && event.target.matches("input")) {
        event.preventDefault();
        this.#judge();
      }
    });
  }

  get open() {
    return !this.#root.hidden;
  }

  /** What stands in the address. */
  get chosen() {
    return this.open ? { exercise: at("exercise").value || this.#wanted || "first", lesson: this.#lesson } : {};
  }

  /** Begins, with an exercise of a lesson if they are given; by hand the title is focused, so that the keyboard is there. */
  async start({ exercise = "", lesson = "", load = false } = {}, byHand = true) {
    this.#wanted = exercise;
    this.#lesson = lesson;
    this.#root.hidden = false;
    this.#toggle.setAttribute("aria-pressed", "true");
    document.documentElement.classList.add("practicing");
    this.#about = "";
    this.#unveil();
    if (byHand) {
      at("practice-title").focus();
      this.#root.scrollIntoView({ block: "nearest" });
    }
    if (!this.#lessons.length) {
      const found = await fetch("/api/v1/lessons");
      this.#lessons = found.ok ? await found.json() : [];
      at("lesson").append(...this.#lessons.map(({ id, title }) => new Option(title, id)));
    }
    at("lesson").value = this.#lessons.some(({ id }) => id === this.#lesson) ? this.#lesson : "";
    this.#lesson = at("lesson").value;
    const found = this.#lessons.find(({ id }) => id === this.#lesson);
    // A link that names a lesson need not hold its program.
    if (found && load && found.program !== this.#request()?.program) this.#open(found);
    else await this.update();
    this.#write();
  }

  /** What a card says of itself to those who do not see it, without the gradients that are veiled. */
  #hush() {
    document.documentElement.classList.toggle("working", this.open && this.#worked !== "" && at("select").value === this.#worked);
    for (const card of document.querySelectorAll("#graph .card")) {
      const now = card.ariaLabel;
      if (now !== card.dataset.hushed) card.dataset.words = now;
      const full = card.dataset.words;
      const veiled = this.open && !this.#known.has(card.dataset.node);
      card.dataset.hushed = veiled ? full.replace(/; gradient .*?(?=; (made from|used by) |$)/, "; its gradient is asked for") : full;
      card.ariaLabel = card.dataset.hushed;
    }
  }

  close() {
    const inside = this.#root.contains(document.activeElement);
    this.#root.hidden = true;
    this.#toggle.setAttribute("aria-pressed", "false");
    document.documentElement.classList.remove("practicing");
    this.#wanted = "";
    this.#hush();
    if (inside) this.#toggle.focus();
    this.#write();
  }

  /** The picture has changed: other exercises if it is another program, and the answer judged anew. */
  async update() {
    const request = this.#request();
    if (!this.open || !request) return;
    this.#hush();
    const taught = this.#lessons.find(({ id }) => id === this.#lesson)?.program;
    if (taught === request.program) this.#waits = false;
    else if (taught !== undefined && this.#waits) return;
    else if (taught !== undefined) {
      // Undone, edited, or another example: it is that lesson no more.
      this.#lesson = "";
      at("lesson").value = "";
      this.#write();
    }
    const about = JSON.stringify([request.program, request.loss, request.detail, this.#lesson, Object.entries(request.inputs).map(([name, one]) => [name, shape(one.value ?? one), one.role])]);
    if (about === this.#about) {
      this.#unveil();
      this.#list(at("exercise").value);
      this.#soon(() => this.#judge());
      return;
    }
    this.#about = about;
    const mine = ++this.#listed;
    const answer = await post("/api/v1/exercises", JSON.stringify(plain(request)));
    const all = answer.ok ? await answer.json() : [];
    if (mine !== this.#listed) return;
    const lesson = this.#lessons.find(({ id }) => id === this.#lesson);
    const own = lesson && lesson.exercises.map((id) => all.find((one) => one.id === id)).filter(Boolean);
    this.#exercises = own?.length ? own : all;
    at("lesson-words").textContent = own?.length ? lesson.words : "";
    this.#unveil(own?.length ? lesson.worked : "");
    if (own?.length) {
      at("example-title").textContent = lesson.title;
      document.dispatchEvent(new CustomEvent("pick", { detail: lesson.worked }));
    }
    this.#list(this.#wanted);
    this.#wanted = "";
    this.#show();
  }

  #list(chosen) {
    const { solved, revealed } = this.#progress();
    const select = at("exercise");
    const before = chosen || select.value;
    select.replaceChildren(...this.#exercises.map((one) => {
      const mark = solved.includes(one.id) ? "✓ " : revealed.includes(one.id) ? "◦ " : "";
      return new Option(`${mark}${one.variable}: ${TASKS[one.task]}`, one.id);
    }));
    const open = this.#exercises.find(({ id }) => !solved.includes(id) && !revealed.includes(id));
    select.value = this.#exercises.some(({ id }) => id === before) ? before : (open ?? this.#exercises[0])?.id ?? "";
    const done = this.#exercises.filter(({ id }) => solved.includes(id)).length;
    at("progress").textContent = this.#exercises.length ? `${done} of ${this.#exercises.length} solved` : "";
  }

  get #now() {
    return this.#exercises.find(({ id }) => id === at("exercise").value);
  }

  /** The chosen exercise: its question, and a field that takes its kind of answer. */
  #show() {
    const one = this.#now;
    at("question").textContent = one?.question ?? "There is nothing to ask of this program yet.";
    at("answer").replaceChildren(...(one ? [this.#field(one)] : []));
    this.#hints = null;
    at("hints").replaceChildren();
    at("hint").textContent = "Hint";
    for (const id of ["hint", "reveal", "before", "next"]) at(id).disabled = !one;
    this.#say([]);
    at("compared").replaceChildren();
    this.#write();
  }

  #field(one) {
    if (one.task === "sign") {
      const signs = document.createElement("fieldset");
      signs.className = "switch signs";
      for (const [value, text] of [["-1", "negative"], ["0", "0"], ["1", "positive"]]) {
        const label = document.createElement("label");
        const radio = Object.assign(document.createElement("input"), { type: "radio", name: "sign-answer", value });
        label.append(radio, Object.assign(document.createElement("span"), { textContent: text }));
        signs.append(label);
      }
      signs.ariaLabel = one.question;
      return signs;
    }
    const field = document.createElement(one.task === "formula" ? "textarea" : "input");
    if (one.task === "formula") field.rows = 3;
    else field.type = "text";
    field.spellcheck = false;
    field.autocapitalize = "off";
    field.ariaLabel = one.question;
    field.placeholder = { formula: "e = u3 - y, then the gradient in the last line", number: "0.25 or 1/4", shape: "2, 3, or: a number" }[one.task];
    return field;
  }

  /** The answer as the server takes it; null while there is none. */
  #answer(one) {
    if (one.task === "sign") {
      const chosen = at("answer").querySelector(":checked");
      return chosen && { element: one.element, sign: Number(chosen.value) };
    }
    const text = at("answer").firstElementChild.value.trim();
    if (!text) return null;
    if (one.task === "formula") return text;
    if (one.task === "shape") {
      if (/^(\(\)|\[\]|(a |one )?(single |number|scalar))/.test(text)) return { shape: [] };
      const sizes = text.replace(/^[([]|[)\]]$/g, "").split(/[\s,×x]+/).filter(Boolean).map(Number);
      return sizes.every((size) => Number.isInteger(size) && size >= 0) ? { shape: sizes } : { unread: "Write the sizes with commas: 2, 3. Of a single number write: a number." };
    }
    const [top, bottom = "1"] = text.replaceAll("−", "-").replace(/^(\S+),(\d+)$/, "$1.$2").split("/").map((part) => part.trim() || "?");
    const number = Number(top) / Number(bottom);
    return Number.isFinite(number) ? { element: one.element, number } : { unread: "Write a number: 0.25, or 1/4." };
  }

  #soon(act) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(act, PAUSE);
  }

  async #judge() {
    clearTimeout(this.#timer);
    const one = this.#now;
    const request = this.#request();
    const answer = one && this.#answer(one);
    if (answer === null || answer === undefined || !request) {
      this.#say([]);
      at("compared").replaceChildren();
      return;
    }
    if (answer.unread) {
      this.#say([["no", answer.unread]]);
      return;
    }
    const found = await this.#check({ answers: { [one.variable]: answer } });
    if (!found || this.#now !== one) return;
    if (found.detail) {
      this.#say([["no", found.detail]]);
      return;
    }
    const [verdict] = found.verdicts;
    this.#say(told(verdict));
    at("compared").replaceChildren(...(one.task === "formula" && verdict.value !== null && verdict.expected !== null ? [compared(verdict)] : []));
    if (verdict.correct) this.#done(one, "solved");
  }

  async #judgeWhole() {
    const backward = at("backward").value;
    const box = at("backward-judged");
    if (!backward.trim()) {
      box.replaceChildren();
      return;
    }
    const found = await this.#check({ backward });
    if (!found) return;
    if (found.detail) {
      box.replaceChildren(line("no", found.detail));
      return;
    }
    box.replaceChildren(
      ...found.verdicts.flatMap((one) => {
        const [[kind, first], ...rest] = told(one, false);
        return [line(kind, `${one.variable}, line ${one.line}: ${first}`), ...rest.map(([more, text]) => line(more, text))];
      }),
      ...found.errors.map((one) => line("no", `Line ${one.line}: ${one.message} ${one.hint ?? ""}`)),
    );
    for (const one of found.verdicts.filter(({ correct }) => correct)) this.#done({ id: `formula-${one.variable}`, task: "formula" }, "solved");
  }

  /** @returns {Promise<any>} the verdicts, or a problem; null where something newer has been asked */
  async #check(more) {
    const mine = ++this.#asked;
    try {
      const answer = await post("/api/v1/check", JSON.stringify({ ...plain(this.#request()), ...more }));
      const found = await answer.json();
      return mine === this.#asked ? found : null;
    } catch {
      return { detail: "The server does not answer." };
    }
  }

  #say(lines) {
    for (const id of ["judged", "compared"]) at(id).classList.remove("pending");
    at("judged").replaceChildren(...lines.map(([kind, text]) => line(kind, text)));
  }

  async #hint() {
    const one = this.#now;
    if (this.#hints === null) {
      const answer = await post("/api/v1/hints", JSON.stringify({ ...plain(this.#request()), variable: one.variable }));
      this.#hints = answer.ok ? await answer.json() : [];
      if (this.#now !== one) return;
    }
    const list = at("hints");
    const next = this.#hints[list.childElementCount];
    if (next) {
      const item = document.createElement("li");
      item.append(next.words);
      if (next.mathml) {
        const math = document.createElement("div");
        math.className = "math";
        math.tabIndex = 0;
        // The server's own formula: it wrote and escaped it.
        math.innerHTML = next.mathml;
        item.append(math);
      }
      if (next.code) item.append(Object.assign(document.createElement("code"), { textContent: next.code }));
      list.append(item);
    }
    const left = this.#hints.length - list.childElementCount;
    at("hint").textContent = left ? `Hint (${left} more)` : "No more hints";
    at("hint").disabled = !left;
  }

  /** The gradient, in numbers here and on its card. */
  async #reveal() {
    const one = this.#now;
    if (!one) return;
    this.#done(one, "revealed");
    const found = await this.#check({ answers: { [one.variable]: "0" } });
    if (!found || found.detail || this.#now !== one) return;
    this.#say([["at", "This is the gradient."]]);
    at("compared").replaceChildren(compared(found.verdicts[0], true));
  }

  #step(by) {
    const select = at("exercise");
    const to = select.selectedIndex + by;
    if (to < 0 || to >= select.options.length) return;
    select.selectedIndex = to;
    this.#show();
    at("answer").querySelector("textarea, input")?.focus();
  }

  /** Puts a lesson's program and numbers into the page; until its picture is there, the lesson waits. */
  #open(lesson) {
    this.#waits = true;
    this.#load(lesson);
  }

  #choose(id) {
    this.#lesson = id;
    this.#about = "";
    at("exercise").replaceChildren();
    const lesson = this.#lessons.find((one) => one.id === id);
    if (lesson && lesson.program !== this.#request()?.program) this.#open(lesson);
    else this.update();
    at("sheet").search = `?example=${encodeURIComponent(id || "seed-network")}&format=html`;
    this.#write();
  }

  // what has been solved so far: in this browser alone

  #key() {
    return `practice ${this.#request()?.program ?? ""}`;
  }

  /** A short mark of the numbers that stand there. */
  #inputs() {
    let mark = 7;
    for (const sign of JSON.stringify(this.#request()?.inputs ?? {})) mark = (mark * 31 + sign.codePointAt(0)) % 4294967291;
    return mark.toString(36);
  }

  /** What is kept of this program; nothing where it cannot be read. */
  #kept() {
    try {
      return JSON.parse(kept(this.#key()) ?? "{}");
    } catch {
      return {};
    }
  }

  #progress() {
    const found = this.#kept();
    // A number, or a sign, is solved for the inputs that it belongs to.
    const mine = (ids = []) => ids.map((id) => id.split("@")).filter(([, inputs]) => !inputs || inputs === this.#inputs()).map(([id]) => id);
    return { solved: mine(found.solved), revealed: mine(found.revealed) };
  }

  #done(one, how) {
    const all = this.#kept();
    const id = how === "solved" && (one.task === "number" || one.task === "sign") ? `${one.id}@${this.#inputs()}` : one.id;
    all[how] = [...new Set([...(all[how] ?? []), id])];
    keep(this.#key(), JSON.stringify(all));
    this.#unveil();
    this.#list(at("exercise").value);
  }

  #forget() {
    keep(this.#key(), "{}");
    this.#unveil();
    this.#list(at("exercise").value);
    this.#show();
    at("progress").textContent = "Progress is cleared.";
  }

  #worked = "";
  /** The values whose gradient is no secret. */
  #known = new Set();
  /** Takes the veil off the gradients that have been answered, or are worked through. */
  #unveil(worked = this.#worked) {
    this.#worked = worked;
    const { solved, revealed } = this.#progress();
    const open = new Set([worked, ...[...solved.filter((id) => TELLING.has(id.split("-")[0])), ...revealed].map((id) => id.slice(id.indexOf("-") + 1))]);
    open.delete("");
    this.#known = open;
    this.#hush();
    const rules = [...open].map((name) => {
      const id = CSS.escape(name);
      return `.practicing :is(#graph [data-node="${id}"] [data-part="gradient"], #table [data-row="${id}"] td.gradient > *, #inspector[data-card="${id}"] [data-part="gradient"] > *) { visibility: visible; }`;
    });
    this.#veil.replaceSync(rules.join("\n"));
  }
}

/** A request as the endpoints of practice take it. */
const plain = ({ program, inputs, loss, detail }) => ({ program, inputs, ...(loss && { loss }), ...(detail && { detail }) });

/** The sizes of a nested list. */
function shape(value) {
  const found = [];
  for (let one = value; Array.isArray(one); [one] = one) found.push(one.length);
  return found;
}

function line(kind, text) {
  return Object.assign(document.createElement("p"), { className: kind, textContent: text });
}

/** What is said of a verdict: kinds and texts. */
function told(verdict, lined = true) {
  if (verdict.correct) return [["yes", "✓ Right."], ...verdict.diagnoses.map(({ message }) => ["at", message])];
  const lines = verdict.diagnoses.map(({ message, line: number }) => (lined && number > 1 ? `Line ${number}: ${message}` : message));
  return [["no", lines[0] ?? "Not right."], ...lines.slice(1).map((text) => ["at", text])];
}

/** The answer's numbers beside the true ones; those that differ are marked. */
function compared(verdict, alone = false) {
  const box = document.createElement("div");
  box.className = "compared";
  const off = new Set(verdict.wrong_elements.map(String));
  for (const [title, value, marks] of [...(alone ? [] : [["yours", verdict.value, off]]), ["the gradient", verdict.expected, new Set()]]) {
    const figure = document.createElement("figure");
    const size = shape(value);
    figure.append(Object.assign(document.createElement("figcaption"), { textContent: `${title}${size.length ? ` (${size.join(" × ")})` : ""}` }));
    figure.append(table(value, marks));
    box.append(figure);
  }
  return box;
}

const SHOWN = 12;

function table(value, marks) {
  const found = document.createElement("table");
  const size = shape(value);
  const rows = size.length === 0 ? [[value]] : size.length === 1 ? [value] : size.length === 2 ? value : value.flat(size.length - 2);
  const place = (row, column) => (size.length === 0 ? "" : size.length === 1 ? String(column) : `${row},${column}`);
  rows.slice(0, SHOWN).forEach((row, i) => {
    const cells = found.insertRow();
    row.slice(0, SHOWN).forEach((one, j) => {
      const cell = cells.insertCell();
      cell.textContent = typeof one === "number" ? String(Number(one.toPrecision(4))).replace("-", "−") : one;
      if (marks.has(place(i, j))) cell.className = "off";
    });
  });
  return found;
}
