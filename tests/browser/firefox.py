"""Firefox, driven over WebDriver BiDi: as much of the protocol as the tests need."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

NAMES = ("firefox", "firefox-esr")
UNDEFINED = "undefined"


def firefox() -> str | None:
    """The path of a Firefox; None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Page:
    """One page."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._count = 0
        self.errors: list[str] = []
        """What scripts have thrown."""
        self._send("session.new", capabilities={})
        self._send("session.subscribe", events=["log.entryAdded"])
        self._context = self._send("browsingContext.getTree")["contexts"][0]["context"]
        self._send("browsingContext.setViewport", context=self._context, viewport={"width": 1440, "height": 900})

    def goto(self, address: str) -> None:
        self._send("browsingContext.navigate", context=self._context, url="about:blank", wait="complete")
        self._send("browsingContext.navigate", context=self._context, url=address, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression, as JSON has it."""
        found = self._send(
            "script.evaluate",
            expression=f"(async () => JSON.stringify(await ({expression})))()",
            target={"context": self._context},
            awaitPromise=True,
        )
        assert found["type"] == "success", found
        return json.loads(found["result"]["value"]) if found["result"]["type"] != UNDEFINED else None

    def wait_for(self, expression: str, seconds: float = 10) -> None:
        """Until an expression holds."""
        end = time.monotonic() + seconds
        while not self.evaluate(expression):
            assert time.monotonic() < end, f"{expression} never holds; the loss says {self.text('#loss')}"
            time.sleep(0.03)

    def text(self, selector: str) -> str:
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).textContent"))

    def middle(self, selector: str) -> tuple[int, int]:
        box = self.evaluate(f"document.querySelector({json.dumps(selector)}).getBoundingClientRect()")
        return round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 2)

    def mouse(self, *moves: dict[str, Any]) -> None:
        self._act({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": list(moves)})

    def click(self, selector: str) -> None:
        x, y = self.middle(selector)
        self.mouse({"type": "pointerMove", "x": x, "y": y}, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0})

    def press(self, *keys: str) -> None:
        """Keys that are held together; the last one is pressed and let go while the others are down."""
        down, up = [{"type": "keyDown", "value": key} for key in keys], [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self._act({"type": "key", "id": "keys", "actions": [*down, *up]})

    def type(self, text: str) -> None:
        for letter in text:
            self.press(letter)

    def screenshot(self, path: Path) -> None:
        path.write_bytes(base64.b64decode(self._send("browsingContext.captureScreenshot", context=self._context)["data"]))

    def _act(self, source: dict[str, Any]) -> None:
        self._send("input.performActions", context=self._context, actions=[source])

    def _send(self, method: str, **parameters: Any) -> Any:
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=30))
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] == "error":
                self.errors.append(str(answer["params"]["text"]))
            if answer.get("id") == self._count:
                assert answer["type"] == "success", answer
                return answer["result"]


@contextmanager
def opened(path: str, profile: Path) -> Iterator[Page]:
    """A Firefox with an empty profile and one page; it is closed afterwards."""
    # It looks for nothing on other hosts.
    settings = {"app.update.enabled": False, "app.normandy.enabled": False, "network.captive-portal-service.enabled": False}
    (profile / "user.js").write_text("".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items()))
    said = profile / "said.txt"
    arguments = [path, "--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", str(profile), "about:blank"]
    with said.open("w") as file:
        process = subprocess.Popen(arguments, stdout=file, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + 60
        while not (found := re.search(r"ws://[\w.:\[\]]+", said.read_text())):
            assert process.poll() is None, said.read_text()
            assert time.monotonic() < end, said.read_text()
            time.sleep(0.05)
        address = found[0]
        with connect(f"{address}/session", max_size=None) as socket:
            yield Page(socket)
    finally:
        process.terminate()
        process.wait(timeout=20)
