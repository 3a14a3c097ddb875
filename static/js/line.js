// The line to the server: one question at a time, the newest wins. A WebSocket while there is one, else fetch.

export class Line {
  #answer;
  #offline;
  #socket = null;
  #asked = 0;
  #busy = false;
  #next = null;

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
    socket.addEventListener("message", (event) => this.#done(JSON.parse(event.data)));
    socket.addEventListener("close", () => {
      const lost = this.#socket === socket && this.#busy;
      this.#socket = null;
      if (lost) {
        this.#busy = false;
        this.#next ??= this.#sent;
        this.#pump();
      }
      setTimeout(() => this.#open(), 4000);
    });
  }

  #sent = null;

  async #pump() {
    if (this.#busy || !this.#next) return;
    this.#busy = true;
    this.#sent = this.#next;
    this.#next = null;
    const text = JSON.stringify(this.#sent);
    if (this.#socket) {
      this.#socket.send(text);
      return;
    }
    try {
      const response = await fetch("/live", { method: "POST", headers: { "Content-Type": "application/json" }, body: text });
      const found = await response.json();
      this.#done(response.ok ? found : { problem: found });
    } catch {
      this.#busy = false;
      this.#offline();
      if (this.#next) this.#pump();
    }
  }

  #done(found) {
    this.#busy = false;
    // An answer that a newer question has overtaken still changed what the server thinks we show: it is painted too.
    this.#answer(found, this.#sent);
    this.#pump();
  }
}
