// The line to the server: one question at a time, the newest wins. A WebSocket while there is one, else fetch.
import { post, TOO_MANY } from "./post.js";

/** Milliseconds after which a socket that does not answer is given up: longer than the server's own limits let anything take. */
const DEAD = 20_000;
/** Milliseconds after which a server that was too busy is asked again, unless there is something newer to ask. */
const AGAIN = 1500;

export class Line {
  #answer;
  #offline;
  #socket = null;
  #asked = 0;
  /** By which way the question went that has no answer yet; null where there is none. */
  #by = null;
  #sent = null;
  #next = null;
  #patience = 0;

  /**
   * @param {(found: object, asked: object) => void} answer called with each answer, and with what was asked
   * @param {() => void} offline called when neither way leads to the server
   */
  constructor(answer, offline) {
    this.#answer = answer;
    this.#offline = offline;
    this.#open();
  }

  /** Asks; a question that is still waiting is dropped for this one. */
  send(message) {
    this.#next = { ...message, id: ++this.#asked };
    this.#pump();
  }

  #open() {
    const address = new URL("/api/v1/live", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    socket.addEventListener("open", () => {
      this.#socket = socket;
    });
    socket.addEventListener("message", (event) => {
      if (this.#by === socket) this.#done(JSON.parse(event.data));
    });
    socket.addEventListener("close", () => {
      if (this.#socket === socket) this.#socket = null;
      // What it was asked is asked again another way.
      if (this.#by === socket) {
        this.#by = null;
        this.#next ??= this.#sent;
        this.#pump();
      }
      setTimeout(() => this.#open(), 4000);
    });
  }

  async #pump() {
    if (this.#by || !this.#next) return;
    this.#sent = this.#next;
    this.#next = null;
    const text = JSON.stringify(this.#sent);
    if (this.#socket) {
      const socket = this.#socket;
      this.#by = socket;
      socket.send(text);
      clearTimeout(this.#patience);
      // A line may be dead without knowing it.
      this.#patience = setTimeout(() => this.#by === socket && socket.close(), DEAD);
      return;
    }
    this.#by = fetch;
    let found = null;
    try {
      const response = await post("/live", text, 1);
      const answer = await response.json();
      found = response.ok ? answer : { problem: answer };
    } catch {
      this.#by = null;
      this.#offline();
      this.#pump();
      return;
    }
    this.#done(found);
  }

  #done(found) {
    clearTimeout(this.#patience);
    this.#by = null;
    if (TOO_MANY.includes(found.problem?.status)) {
      const missed = this.#sent;
      setTimeout(() => {
        this.#next ??= this.#asked === missed.id ? missed : null;
        this.#pump();
      }, AGAIN);
    }
    try {
      // An answer that a newer question has overtaken still changed what the server thinks we show: it is painted too.
      this.#answer(found, this.#sent);
    } finally {
      this.#pump();
    }
  }
}
