"""Waiting for what a page says. Playwright's own `wait_for_function` evaluates text within the page, which the page's policy forbids."""

import time


def until(page, expression, seconds=10.0):
    """Waits until a JavaScript expression is true on the page."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"{expression} was not true within {seconds:g} s"
        page.wait_for_timeout(50)
