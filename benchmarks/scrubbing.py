"""A number is dragged in Chromium: from the event of the pointer to the painted picture, over the socket and without one."""

from __future__ import annotations

import statistics
import time

MOVES, HERTZ = 240, 60
EXAMPLES = ("seed-network", "attention", "seed-network-diabetes")
FRAME = 1000 / 60

# Notes when the pointer moved, which question that led to, and when the frame with its answer had been painted.
NOTES = """
window.taken = [];
let moved = 0;
addEventListener("pointerrawupdate", (event) => { moved = event.timeStamp; }, { capture: true });
const asked = new Map();
const painted = (id) => {
  const from = asked.get(id);
  if (from === undefined) return;
  asked.delete(id);
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.taken.push(performance.now() - from);
    channel.port2.postMessage(null);
  });
};
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (text) {
  if (!this.noted) {
    this.noted = true;
    this.addEventListener("message", (event) => painted(JSON.parse(event.data).id));
  }
  asked.set(JSON.parse(text).id, moved);
  return send.call(this, text);
};
const fetched = window.fetch;
window.fetch = async (address, options) => {
  const answer = await fetched(address, options);
  if (address === "/live") {
    const { id } = JSON.parse(options.body);
    asked.set(id, moved);
    const json = answer.json.bind(answer);
    answer.json = async () => { const found = await json(); setTimeout(() => painted(id)); return found; };
  }
  return answer;
};
"""
NO_SOCKET = "window.WebSocket = class { addEventListener() {} };"


def main() -> None:
    """Prints the medians and the 95th percentiles, and how many of the moves were painted by themselves."""
    try:
        from playwright.sync_api import sync_playwright

        from tests.browser.install import chromium
        from tests.browser.serving import ARGUMENTS, served
    except ImportError:
        print("Scrubbing is measured where Playwright is installed.\n")
        return
    print(f"### Dragging a number, {MOVES} moves at {HERTZ} a second: from the event to the painted picture\n")
    print("| | median | 95th percentile | × a frame at 60 Hz | painted |\n|---|---:|---:|---:|---:|")
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        for example in EXAMPLES:
            for way in ("socket", "fetch"):
                page = browser.new_page(viewport={"width": 1440, "height": 900})
                page.add_init_script(NOTES.replace("WebSocket.prototype.send", "Object().send") if way == "fetch" else NOTES)
                if way == "fetch":
                    page.add_init_script(NO_SOCKET)
                page.goto(f"{address}/?example={example}")
                page.wait_for_timeout(1500)
                cell = page.locator("#inputs .parameter .grid input").first.bounding_box()
                assert cell
                x, y = cell["x"] + cell["width"] / 2, cell["y"] + cell["height"] / 2
                page.mouse.move(x, y)
                page.mouse.down()
                begin = time.perf_counter()
                for move in range(MOVES):
                    time.sleep(max(0.0, begin + move / HERTZ - time.perf_counter()))
                    page.mouse.move(x + 4 * (1 + move % 60), y)
                page.wait_for_timeout(300)
                page.mouse.up()
                taken = sorted(page.evaluate("taken"))
                middle, high = statistics.median(taken), taken[int(0.95 * len(taken))]
                print(f"| {example}, {way} | {middle:.1f} ms | {high:.1f} ms | {middle / FRAME:.2f} | {len(taken)} |", flush=True)
                page.close()
        browser.close()
    print()


if __name__ == "__main__":
    main()
