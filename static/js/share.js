// The page's state in its address, behind a link, and in a file; and the examples, which come without leaving the page.
import { LONGEST, fromAddress, fromFile, toAddress, toFile } from "./state.js";

const PAUSE = 200;
const TOO_LONG = "This state is too long for a link: browsers and mail would cut it. Save it as a file instead.";

export class Share {
  #state;
  #take;
  #timer = 0;
  /** Grows with each state that is read, and with each that is written: what comes too late is dropped. */
  #reads = 0;
  #writes = 0;
  #written = "";
  /** Nothing has been taken from the address yet: the page shows what the server wrote. */
  #fresh = true;
  #note = document.getElementById("link-note");

  /**
   * @param {(whole?: boolean) => object} state everything the page shows; `whole` says that its numbers are wanted even where the example has them
   * @param {(state: object, example?: object, first?: boolean) => void} take shows another state
   */
  constructor(state, take) {
    this.#state = state;
    this.#take = take;
    const on = (id, act) => document.getElementById(id).addEventListener("click", act);
    on("link", () => this.#copy());
    on("keep", () => this.#save());
    on("open-file", () => this.#choose());
    for (const link of document.querySelectorAll("[data-example]")) {
      link.addEventListener("click", (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
        event.preventDefault();
        link.closest("details").open = false;
        link.closest("details").querySelector("summary").focus();
        // How things are shown, and what a teacher's link took away, stays.
        const { hide, lock, detail, view, direction, show, digits, fractions, notation, order } = this.#state();
        this.#example(link.dataset.example, { hide, lock, detail, view, direction, show, digits, fractions, notation, order })
          .catch((error) => this.#say(`The example cannot be had: ${error.message}`, true));
      });
    }
    addEventListener("hashchange", () => {
      if (location.hash.slice(1) !== this.#written) this.open();
    });
  }

  /** Shows what the address holds, if it holds anything. */
  async open() {
    const text = location.hash.slice(1);
    if (!text) return;
    clearTimeout(this.#timer);
    this.#writes += 1;
    this.#written = text;
    const first = this.#fresh;
    this.#fresh = false;
    try {
      const mine = ++this.#reads;
      const found = await fromAddress(text);
      if (mine !== this.#reads) return;
      const now = this.#state().example;
      found.example ??= now;
      if (found.program !== undefined || (first && found.example === now && found.inputs === undefined)) {
        this.name(found.example);
        this.#take(found, undefined, first);
      } else {
        await this.#example(found.example, found, first);
      }
    } catch (error) {
      this.#say(`The link cannot be read: ${error.message}`, true);
    }
  }

  /** Writes the state into the address, once it rests. */
  write() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(async () => {
      const mine = ++this.#writes;
      const text = await toAddress(this.#state());
      if (mine !== this.#writes) return;
      const fits = text.length <= LONGEST;
      this.#written = fits ? text : "";
      if (!fits) this.#say(TOO_LONG, this.#note.textContent !== TOO_LONG);
      else if (this.#note.textContent === TOO_LONG) this.#say("");
      window.history.replaceState(null, "", `/${location.search}${this.#written && `#${this.#written}`}`);
    }, PAUSE);
  }

  /** Says which example the page is about. @param {string} id */
  name(id) {
    for (const link of document.querySelectorAll("[data-example]")) {
      const here = link.dataset.example === id;
      if (here) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
      if (!here) continue;
      document.getElementById("example-title").textContent = link.querySelector("b").textContent;
      document.getElementById("summary").textContent = link.querySelector("span").textContent;
      document.getElementById("source").textContent = "";
    }
  }

  async #example(id, wanted, first = false) {
    const mine = ++this.#reads;
    const answer = await fetch(`/api/v1/examples/${encodeURIComponent(id)}`);
    if (!answer.ok) throw new Error((await answer.json()).detail);
    const found = await answer.json();
    if (mine !== this.#reads) return;
    this.name(id);
    document.getElementById("source").textContent = found.source;
    this.#take(wanted, found, first);
  }

  async #copy() {
    const text = await toAddress(this.#state());
    if (text.length > LONGEST) {
      this.#say(TOO_LONG);
      document.getElementById("keep").focus();
      return;
    }
    const address = `${location.origin}/${location.search}#${text}`;
    try {
      await navigator.clipboard.writeText(address);
      this.#say("The link is copied.");
    } catch {
      this.#say("The link stands in the address bar: copy it from there.");
    }
  }

  #save() {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([toFile(this.#state(true))], { type: "application/json" }));
    link.download = "curlyd.json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href));
  }

  #choose() {
    const field = document.createElement("input");
    field.type = "file";
    field.accept = ".json,application/json";
    field.addEventListener("change", async () => {
      try {
        const found = fromFile(await field.files[0].text());
        if (found.example) this.name(found.example);
        this.#take(found);
      } catch (error) {
        this.#say(`The file cannot be read: ${error.message}`, true);
      }
    });
    field.click();
  }

  /** @param {boolean} [loud] the menu in which it stands is opened */
  #say(text, loud = false) {
    this.#note.textContent = text;
    if (loud) this.#note.closest("details").open = true;
  }
}
