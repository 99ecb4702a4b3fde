"""The pages of the catalogue in a real browser: points, filters, comparisons, and no live text."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

import pytest

from registrar.commands.site_folder import write_folder
from registrar.report.html.places import folder_of
from registrar.report.html.site import render_site
from tests.unit.report.html.samples import GATE, catalogue, catalogued, hostile, moved

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.browser.conftest import Watched

pytestmark = pytest.mark.exhaustive  # a browser takes seconds, and not every machine has one

MOVES = (
    moved(2, "champion", None, 1, by={"ci": "github", "ci_run": "https://ci.test/run/8"}),
    moved(9, "champion", 1, 3, by={"user": "dana"}),
)
ATTACKS = (
    "<script>window.hit=1</script><img src=https://e.test/x onerror=window.hit=1>",
    "\"><svg/onload=window.hit=1>' autofocus onfocus=window.hit=1 x='",
    "javascript:window.hit=1",
    "</script></style></title></textarea><iframe src=https://e.test></iframe>",
    "[x](javascript:window.hit=1) ![x](https://e.test/x.png) <https://e.test>",
)


LONG = "x" * 250  # as long as MLflow takes keys


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages") / "site"
    models = (
        catalogued(4, {"champion": 3, "challenger": 4}, events=MOVES, limits=(GATE,)),
        catalogued(2, {}, name="iris", description="Sees **flowers**", tags={"team": "botany"}),
        catalogued(0, {}, name="empty"),
        hostile(LONG),
    )
    write_folder(folder, render_site(catalogue(*models)))
    return folder


def test_the_list_is_filtered_and_sorted(site: Path, browse: Callable[..., Watched]) -> None:
    tab = browse()
    page = tab.open(site / "index.html")
    rows = page.locator(".index tbody tr:visible th bdi")
    assert rows.all_text_contents() == ["mnist", "iris", "empty", LONG]
    page.get_by_label("Filter").fill("FLOW sees")
    assert rows.all_text_contents() == ["iris"]
    assert page.locator("[data-count]").text_content() == "1 of 4"
    page.get_by_label("Filter").fill("team: botany")
    assert rows.all_text_contents() == ["iris"]
    page.get_by_label("Filter").fill("nothing")
    assert page.get_by_text("No model matches.").is_visible()
    page.get_by_label("Filter").fill("")
    page.get_by_role("button", name="Metric").press("Enter")
    assert rows.all_text_contents() == ["mnist", "iris", LONG, "empty"]
    page.get_by_role("button", name="Metric").press("Enter")
    assert rows.all_text_contents() == [LONG, "iris", "mnist", "empty"]
    page.get_by_role("link", name="mnist").click()
    assert page.get_by_role("heading", level=1).text_content() == "mnist"
    assert tab.faults == []
    assert all(url.startswith("file:") for url in tab.requests)


def test_charts_have_the_points_of_the_measurements(
    site: Path, browse: Callable[..., Watched]
) -> None:
    page = browse().open(site / "models/mnist/index.html")
    points = page.evaluate(
        """[...document.querySelectorAll(".line")].map(line => [line.dataset.dataset,
        [...line.querySelectorAll("circle")].map(c => [c.dataset.version, c.dataset.value,
        c.getBoundingClientRect().top])])"""
    )
    assert [name for name, _ in points] == ["test", "holdout"]
    for name, values in points:
        start = 0.9 if name == "test" else 0.8
        assert [int(number) for number, _, _ in values] == [1, 2, 3, 4]
        expected = [start + number / 100 for number in range(1, 5)]
        assert [float(value) for _, value, _ in values] == pytest.approx(expected)
        heights = [top for _, _, top in values]
        assert heights == sorted(heights, reverse=True)  # a greater value stands higher
    rule = page.evaluate("document.querySelector('.rule path').getBoundingClientRect().top")
    gated = points[0][1][1]  # version 2 has exactly the limit
    assert rule == pytest.approx(gated[2] + 4, abs=3)
    assert page.get_by_text("min 0.92 on test for champion").is_visible()


def test_two_versions_are_compared(site: Path, browse: Callable[..., Watched]) -> None:
    tab = browse()
    page = tab.open(site / "models/mnist/index.html")
    cells = page.locator(".compare tbody tr").first.locator("td, th")
    assert cells.all_text_contents() == ["Metrics", "accuracy (holdout)", "0.83", "0.84", "+0.01"]
    page.get_by_label("The version on the left").select_option("1")
    assert cells.all_text_contents() == ["Metrics", "accuracy (holdout)", "0.81", "0.84", "+0.03"]
    unknown = page.locator("[data-unknown]")
    text = "Files are not compared: those of version 1 are not known."
    assert unknown.text_content() == text
    assert "MLmodel" not in str(page.locator(".compare tbody").text_content())
    page.get_by_label("The version on the left").select_option("3")
    assert unknown.text_content() == ""
    rows = page.locator(".compare tbody tr").all_text_contents()
    assert [row for row in rows if row.startswith("Files")] == [
        "FilesMLmodelsha256:000000030000...sha256:000000040000..."
    ]
    page.get_by_label("The version on the left").select_option("4")
    assert page.locator(".compare tbody").text_content() == "No difference."
    assert unknown.text_content() == ""
    assert tab.faults == []


def test_a_link_to_a_version_opens_it(site: Path, browse: Callable[..., Watched]) -> None:
    page = browse().open(site / "models/mnist/index.html", "#v2")
    assert page.locator("#v2 .load").is_visible()
    assert not page.locator("#v1 .load").is_visible()
    page.locator(".card a", has_text="Version 3").first.click()
    assert page.locator("#v3 .load").is_visible()


def test_without_scripts_the_pages_are_whole(site: Path, browse: Callable[..., Watched]) -> None:
    tab = browse(scripts=False)
    page = tab.open(site / "index.html")
    assert page.locator(".index tbody tr").count() == 4
    assert not page.get_by_label("Filter").is_visible()
    tab.open(site / "models/mnist/index.html")
    assert page.locator(".compare tbody tr").count() > 2
    assert page.locator(".version").count() == 4


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.exhaustive)])
def test_axe_finds_no_violation(site: Path, browse: Callable[..., Watched], scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    tab = browse(scheme=scheme)
    for name in ("index.html", "models/mnist/index.html"):
        page = tab.open(site / name)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found = axe.run(page)
        assert found.violations_count == 0, found.generate_report()


def test_no_page_is_wider_than_the_screen(site: Path, browse: Callable[..., Watched]) -> None:
    tab = browse()
    folder = posixpath.basename(folder_of(LONG, str))
    for name in ("index.html", *(f"models/{model}/index.html" for model in ("mnist", folder))):
        page = tab.open(site / name)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        for width in (360, 1024, 1600):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_a_hostile_registry_stays_silent(tmp_path: Path, browse: Callable[..., Watched]) -> None:
    names = [f"{attack}{number}" for number, attack in enumerate(ATTACKS)]
    write_folder(tmp_path / "site", render_site(catalogue(*map(hostile, names))))
    tab = browse()
    for file in sorted((tmp_path / "site").rglob("*.html")):
        page = tab.open(file)
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert page.evaluate("window.hit") is None, file
        assert page.locator("main img, main iframe, main script:not([type])").count() == 0
        addresses = page.evaluate("[...document.links].map(link => link.protocol)")
        assert {*addresses} <= {"file:", "http:", "https:"}
    assert tab.faults == []
    assert all(url.startswith("file:") for url in tab.requests)
