"""Takes pictures of the page, to be looked at: three examples in both schemes and three sizes; and the one of the README.

Run by `make screenshots`; all of them go to build/screenshots, the README's to docs/images.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Browser, sync_playwright  # noqa: E402

from tests.browser.install import chromium  # noqa: E402
from tests.browser.serving import ARGUMENTS, served  # noqa: E402

EXAMPLES = ("seed-network", "attention", "seed-network-diabetes")
SIZES = ((1440, 900), (1024, 768), (390, 844))
README = "/#step=12"
"""What the README shows: the moment at which the gradient comes back to u2."""


def main() -> None:
    """Takes them all."""
    folder = ROOT / "build" / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    with served() as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        take(browser, address + README, ROOT / "docs" / "images" / "page.png", SIZES[0], "light")
        for example in EXAMPLES:
            for scheme in ("light", "dark"):
                for size in SIZES:
                    take(browser, f"{address}/?example={example}", folder / f"{example}-{scheme}-{size[0]}.png", size, scheme)
        browser.close()
    print(f"{folder} and docs/images/page.png")


def take(browser: Browser, address: str, path: Path, size: tuple[int, int], scheme: str) -> None:
    """One picture, once nothing moves any more."""
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce"
    )
    page.goto(address, wait_until="networkidle")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(500)
    page.screenshot(path=path)
    page.close()


if __name__ == "__main__":
    main()
