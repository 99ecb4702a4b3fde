"""Take the pictures of the documentation from a catalogue of the demo.

Usage: python -m tests.support.demo.screenshots SITE FOLDER
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

SHOTS = {  # file -> page, place, colours, width, height
    "catalogue-models": ("index.html", "body", "light", 1100, 640),
    "catalogue-model": ("models/digits-logistic/index.html", "body", "light", 1100, 1140),
    "catalogue-model-dark": ("models/digits-logistic/index.html", "#metrics", "dark", 1100, 620),
    "catalogue-compare": ("models/wine-tree/index.html", "#compare", "light", 1100, 400),
}


def main(site: Path, folder: Path) -> None:
    """Write one picture for each entry of `SHOTS`."""
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        for name, (page_name, place, colours, width, height) in SHOTS.items():
            context = browser.new_context(
                viewport={"width": width, "height": height},
                color_scheme="dark" if colours == "dark" else "light",
            )
            page = context.new_page()
            page.goto((site.resolve() / page_name).as_uri())
            page.locator(place).first.evaluate("element => element.scrollIntoView()")
            page.screenshot(path=folder / f"{name}.png")
            context.close()
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
