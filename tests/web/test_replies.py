"""The way of a body, and of an answer."""

import gc
import weakref

import anyio
import pytest

from app.errors import Fault, LimitError
from app.web.replies import GoneError, _unless_gone


class Asking:
    """A request of somebody who goes away after a while."""

    def __init__(self, seconds):
        self.seconds = seconds

    async def receive(self):
        await anyio.sleep(self.seconds)
        return {"type": "http.disconnect"}


class Body(bytearray):
    """Bytes that can be watched."""


def test_a_call_that_fails_leaves_nothing_for_the_garbage_collector():
    watched = []

    async def call():
        body = Body(1000)
        watched.append(weakref.ref(body))
        raise LimitError("seconds", 1, 1, Fault(f"{len(body)} bytes took too long."))

    async def main():
        gc.disable()
        try:
            with pytest.raises(LimitError):
                await _unless_gone(Asking(100), call)
            return watched[0]()
        finally:
            gc.enable()

    assert anyio.run(main) is None


def test_nobody_works_for_who_has_gone():
    done = []

    async def call():
        await anyio.sleep(5)
        done.append("in vain")

    async def main():
        with pytest.raises(GoneError):
            await _unless_gone(Asking(0.01), call)

    anyio.run(main)
    assert not done


@pytest.mark.parametrize("path", ["/", "/?example=neuron&detail=operations", "/api/v1/examples", "/api/v1/operations", "/api/v1/limits",
                                  "/api/v1/examples/neuron", "/api/v1/lessons"])  # fmt: skip
def test_what_stays_is_sent_once(client, path):
    first = client.get(path)
    tag = first.headers["etag"]
    assert client.get(path).content == first.content
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"), [("/", None), ("/api/v1/operations", None), ("/api/v1/graph", "seed"), ("/static/page.css", None)]
)
def test_answers_are_compressed_for_who_can_read_that(client, seed, path, body):
    def ask(accepted):
        headers = {"Accept-Encoding": accepted}
        return client.post(path, json=seed, headers=headers) if body else client.get(path, headers=headers)

    plain, packed = ask("identity"), ask("gzip")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert "Accept-Encoding" in packed.headers["vary"]
    assert packed.content == plain.content
    assert int(packed.headers["content-length"]) < 0.6 * len(plain.content)
