"""A real server in its own process, and a real browser."""

import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from browser.install import chromium
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="session")
def server():
    """The address of the app, served on a free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"HOST": "127.0.0.1", "PORT": str(port)}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.cli", "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/readyz", timeout=10)
                break
            except OSError:
                assert process.poll() is None, "the server ended"
                time.sleep(0.05)
        yield address
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0, "SIGTERM must end the server with status 0"


@pytest.fixture(scope="module")
def browser():
    """For one module: while it is open, Playwright's event loop runs, and no other test could run its own."""
    path = chromium()
    assert path, "there is no Chromium: run tests/browser/install.py"
    arguments = ["--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=arguments)
        yield found
        found.close()


@pytest.fixture
def open_page(browser, server):
    """Opens a page of the app; the test fails if the page throws, or asks another host for anything."""
    contexts, errors = [], []

    def open_it(path="/", **options):
        context = browser.new_context(**({"viewport": {"width": 1440, "height": 900}} | options))
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("request", lambda request: request.url.startswith((server, "data:", "blob:")) or errors.append(f"foreign: {request.url}"))
        page.goto(server + path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(open_page):
    """The first page: the seed network."""
    return open_page("/")
