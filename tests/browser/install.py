"""Finds a Chromium for the browser tests, or installs one: Debian's by apt as root, else Playwright's own. As root, Firefox too.

Run by `make test` before pytest; prints nothing where one is there already.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The path of a Chromium that can be started: CHROMIUM, one on PATH, or Playwright's own; None where there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install() -> None:
    """Installs one: Debian's where apt serves and we are root, else Playwright's."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium for the browser tests (apt)", flush=True)
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True, env=environment, stdout=subprocess.DEVNULL)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        return
    print("Installing Chromium for the browser tests (Playwright)", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def install_firefox() -> None:
    """Debian's Firefox, where apt can be used; the tests in Firefox are skipped where there is none."""
    if os.geteuid() or not shutil.which("apt-get") or any(map(shutil.which, ("firefox", "firefox-esr"))):
        return
    print("Installing Firefox for the browser tests (apt-get)", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "firefox-esr"]
    subprocess.run(command, check=False, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    if chromium() is None:
        install()
    install_firefox()
    if chromium() is None:
        sys.exit("No Chromium for the browser tests: install one, or name it in CHROMIUM.")
