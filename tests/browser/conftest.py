"""A real Chromium, and what a page does in it besides being shown."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page


@dataclass
class Watched:
    """A page, with the errors, the dialogs and the requests that it has caused."""

    page: Page
    faults: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, file: Path, place: str = "") -> Page:
        """Open a file and wait until it is shown."""
        self.page.goto(file.as_uri() + place)
        return self.page


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    playwright = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        # It is a package of the system, not of Python: pip cannot install it.
        pytest.skip("there is no Chromium here")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium: Browser) -> Iterator[Callable[..., Watched]]:
    """Return a function that opens a tab: with a width, a colour scheme, with scripts or without."""
    with contextlib.ExitStack() as contexts:

        def browse(width: int = 1024, scheme: Any = "light", *, scripts: bool = True) -> Watched:
            context = chromium.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,
                java_script_enabled=scripts,
            )
            contexts.callback(context.close)
            tab = Watched(context.new_page())
            tab.page.on("console", lambda message: tab.faults.append(message.text))
            tab.page.on("pageerror", lambda error: tab.faults.append(str(error)))
            tab.page.on("dialog", lambda dialog: tab.faults.append(dialog.message))
            tab.page.on("request", lambda request: tab.requests.append(request.url))
            return tab

        yield browse
