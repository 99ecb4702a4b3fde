"""A list of models on several pages in a real browser: links, the filter of all pages, no live text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from registrar.commands.site_folder import write_folder
from registrar.report.html.site import render_site
from tests.browser.test_catalogue_pages import ATTACKS
from tests.unit.report.html.samples import catalogue, catalogued, hostile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.conftest import Watched

pytestmark = pytest.mark.exhaustive  # a browser takes seconds, and not every machine has one

SUMMARY = (
    "Scores the events of the last ninety days for the dashboards of a team, every single night"
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pages: of airlines and fraud, the last with a model that nobody else is like."""
    folder = tmp_path_factory.mktemp("pages") / "site"
    names = [
        f"{what}-{number:03}" for what in ("airline", "fraud", "weather") for number in range(400)
    ]
    models = [catalogued(2, {"champion": 2}, name=name, description=SUMMARY) for name in names]
    models += [
        catalogued(1, {"Überall": 1}, name="Zeppelin 🎈 <b>", tags={"team": "botany"}),
        *(hostile(f"~{attack}{number}") for number, attack in enumerate(ATTACKS)),
    ]
    write_folder(folder, render_site(catalogue(*models)))
    return folder


def test_the_filter_finds_models_of_other_pages(site: Path, browse: Callable[..., Watched]) -> None:
    tab = browse()
    page = tab.open(site / "index.html")
    rows = page.locator(".index tbody tr:visible th bdi")
    hits, count = page.locator("[data-others] li"), page.get_by_role("status")
    box = page.get_by_label("Filter")
    here = rows.count()
    assert not page.locator("[data-others]").is_visible()

    box.fill("airline-007")
    assert rows.all_text_contents() == ["airline-007"]
    assert count.text_content() == f"1 of {here} on this page, none on other pages"
    box.fill("BOTANY überall")
    assert hits.all_text_contents() == ["Zeppelin 🎈 <b>"]
    assert count.text_content() == f"0 of {here} on this page, 1 on other pages"
    assert not page.get_by_text("No model matches.").is_visible()
    box.fill("weather")
    assert hits.count() == 36
    assert page.get_by_text("and 364 more").is_visible()
    assert page.get_by_role("heading", name="On other pages").is_visible()
    box.fill("nothing like it")
    assert page.get_by_text("No model matches.").is_visible()
    box.fill("")
    assert count.text_content() == ""
    assert rows.count() == here

    box.fill("zeppelin")
    box.press("Tab")  # to what the count links to
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/zeppelin-b--*/index.html")
    assert page.get_by_role("heading", level=1).text_content() == "Zeppelin 🎈 <b>"
    assert tab.faults == []
    assert all(url.startswith("file:") for url in tab.requests)


def test_pages_lead_to_each_other(site: Path, browse: Callable[..., Watched]) -> None:
    tab = browse(scripts=False)
    page = tab.open(site / "index.html")
    links = page.get_by_role("navigation", name="Pages of the list")
    files = sorted(file.name for file in site.glob("*.html"))
    assert files == [
        "index.html",
        *(f"models-{number}.html" for number in range(2, len(files) + 1)),
    ]
    shown = []
    for number in range(1, len(files) + 1):
        names = page.locator(".index tbody th bdi").all_text_contents()
        current = links.locator("[aria-current=page]").text_content() or ""
        assert current.partition(" to ")[0] == names[0]
        assert current.rpartition(" to ")[2][-5:] == names[-1][-5:]
        assert f"Page {number} of {len(files)}" in str(page.locator(".lead").text_content())
        assert links.get_by_role("link").count() == len(files) - 1
        shown += names
        if number < len(files):
            page.locator("a[rel=next]").click()
    assert len(shown) == len({*shown}) == 1200 + 1 + len(ATTACKS)
    links.get_by_role("link").first.click()
    assert page.url.endswith("/index.html")


def test_headings_sort_the_rows_of_a_page(site: Path, browse: Callable[..., Watched]) -> None:
    page = browse().open(site / "models-2.html")
    names = page.locator(".index tbody th bdi").all_text_contents()
    assert page.get_by_text("The headings sort this page.").is_visible()
    page.get_by_role("button", name="Model").click()
    page.get_by_role("button", name="Model").click()
    assert page.locator(".index tbody th bdi").all_text_contents() == names[::-1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(site: Path, browse: Callable[..., Watched], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = browse(scheme=scheme).open(site / "models-2.html")
    page.get_by_label("Filter").fill("-0")
    assert page.locator("[data-others] li").count() == 36
    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()
    for width in (360, 1024, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_hostile_models_of_other_pages_stay_silent(
    site: Path, browse: Callable[..., Watched]
) -> None:
    tab = browse()
    page = tab.open(site / "index.html")
    page.get_by_label("Filter").fill("~")
    hits = page.locator("[data-others] li a")
    assert hits.all_text_contents() == [f"~{text}{place}" for place, text in enumerate(ATTACKS)]
    for address in page.evaluate("[...document.links].map(link => link.href)"):
        assert address.startswith(("file:", "http://mlflow.test"))
    assert page.evaluate("window.hit") is None
    assert page.locator("main img, main iframe, main script:not([type])").count() == 0
    assert tab.faults == []
    assert all(url.startswith("file:") for url in tab.requests)
