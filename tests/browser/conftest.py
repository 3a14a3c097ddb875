"""A real server in its own process, and a real browser."""

import pytest
from browser.install import chromium
from browser.serving import ARGUMENTS, served
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="session")
def server():
    """The address of the app, served on a free port."""
    with served() as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    """For one module: while it is open, Playwright's event loop runs, and no other test could run its own."""
    path = chromium()
    assert path, "there is no Chromium: run tests/browser/install.py"
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
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
