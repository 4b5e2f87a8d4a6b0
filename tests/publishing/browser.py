"""Chromium for tests: found where Debian puts it, no network of its own, every request recorded and refused."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("SKIPPED LOUDLY: no Chromium on this machine, the page was not tried in a browser")
    return found


@contextmanager
def launched() -> Iterator[object]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


def opened(
    browser: object, path: Path, *, width: int, height: int = 900, **options: object
) -> tuple[object, list[str]]:
    """(page, log): the log names every request other than the page itself, and every console error."""
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    page = context.new_page()
    log: list[str] = []
    address = path.as_uri()

    def decide(route: object) -> None:
        if route.request.url.split("#")[0] == address:
            route.continue_()
        else:
            log.append(f"request {route.request.url[:200]}")
            route.abort()

    page.route("**/*", decide)
    page.on(
        "console", lambda message: log.append(f"{message.type}: {message.text}") if message.type == "error" else None
    )
    page.on("pageerror", lambda error: log.append(f"script: {error}"))
    page.goto(address)
    return page, log


def violations(page: object) -> dict[str, int]:
    """Axe's violations: rule -> number of nodes."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return {item["id"]: len(item["nodes"]) for item in found}
