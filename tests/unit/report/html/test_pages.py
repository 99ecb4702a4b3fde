"""The pages as text: their links, their sizes, and that nothing in a registry is live on them."""

from __future__ import annotations

import html
import json
import posixpath
import re
from dataclasses import replace
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from registrar.report.html.card import write_card
from registrar.report.html.catalogue import CataloguedModel
from registrar.report.html.links import safe_link
from registrar.report.html.places import folder_of
from registrar.report.html.prose import render_prose
from registrar.report.html.site import render_page, render_site
from registrar.state import ObservedModel, ObservedVersion
from registrar.version_evidence import Measurement, Signature
from tests.unit.report.html.samples import catalogue, catalogued, hostile, moved

ATTACK = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}</title></style>"
    "\u202egnp.exe\u200b]]>--!>"
)
LIVE = {"script", "style", "img", "iframe", "object", "embed", "form", "base", "link", "meta"}


class Elements(HTMLParser):
    """Collects elements and what could run or load something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.links: list[str] = []
        self.handlers: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        for name, value in attrs:
            if name in {"href", "src", "action", "xlink:href"}:
                self.links.append(value or "")
            if name.startswith("on") or name == "style":
                self.handlers.append(name)
            if name == "id":
                self.ids.append(value or "")


def pages(*models: CataloguedModel) -> dict[str, str]:
    return dict(render_site(catalogue(*models)))


def test_the_same_registry_gives_the_same_files() -> None:
    models = (catalogued(3), catalogued(2, name="Other Name"))
    assert pages(*models) == pages(*models)
    assert [*pages(*models)] == [
        "models/mnist/index.html",
        "models/mnist/version-3/card.md",
        f"{folder_of('Other Name', str)}/index.html",
        "index.html",
    ]


def test_every_link_leads_to_a_file_or_to_a_place_in_the_page() -> None:
    site = pages(
        catalogued(3, events=(moved(2, "champion", None, 3),)), catalogued(450, name="many")
    )
    for path, text in site.items():
        if not path.endswith(".html"):
            continue
        found = Elements(text)
        assert len(found.ids) == len({*found.ids}), path
        for link in found.links:
            if link.startswith("#"):
                assert link[1:] in found.ids, (path, link)
            elif not link.startswith(("data:image/svg", "http://mlflow.test/#/")):
                file = posixpath.normpath(posixpath.join(posixpath.dirname(path), link))
                file, _, place = file.partition("#")
                assert file in site, (path, link)
                assert not place or f'id="{place}"' in site[file], (path, link)


def test_models_on_one_page_have_places_of_their_own() -> None:
    models = (catalogued(3), catalogued(3, name="iris"))
    found = Elements(render_page(catalogue(*models), detailed=True))
    assert len(found.ids) == len({*found.ids})
    assert {link[1:] for link in found.links if link.startswith("#")} <= {*found.ids}


@pytest.mark.parametrize(
    "text",
    ["x", *(pytest.param(x, marks=pytest.mark.exhaustive) for x in ("語", "<", "\U000e0001"))],
)
def test_a_page_stays_below_300_kilobytes(text: str) -> None:
    large = {f"{text * 100} {i}": text * 9_000 for i in range(70)}
    versions = tuple(
        ObservedVersion(n, None, "s3://b/x", description=f"**{text}** " * 20_000, tags=large)
        for n in range(1, 30)
    )
    metrics = {n: {f"m{i}": (Measurement(float(i)),) for i in range(40)} for n in range(1, 30)}
    model = ObservedModel("large", f"# {text}\n" * 50_000, large, versions)
    site = pages(CataloguedModel(model, metrics, {1: large}), catalogued(1000, name="many"))
    assert all(len(page.encode()) < 300_000 for page in site.values())
    # No version is left out.
    shown = "".join(page for path, page in site.items() if path.startswith("models/large/"))
    assert {*re.findall(r'<details class="version" id="v(\d+)"', shown)} == {
        *map(str, range(1, 30))
    }
    assert "Left out" not in site["models/many/index.html"]


@pytest.mark.parametrize(
    "text", ["<", *(pytest.param(x, marks=pytest.mark.exhaustive) for x in "x語\u200b\U000e0001")]
)
def test_texts_of_any_length_leave_a_page_below_300_kilobytes(text: str) -> None:
    versions = catalogued(2, {f"{number}{text * 2000}": 1 + number % 2 for number in range(70)})
    metrics = {1: {f"{n}{text * 200}": (Measurement(0.5, text * 200),) for n in range(90)}}
    site = pages(hostile(text * 100_000), replace(versions, metrics=metrics))
    shown = [page for path, page in site.items() if path.endswith(".html")]
    assert all(len(page.encode()) < 300_000 for page in shown)
    assert any("Left out, as the page would be too large: the " in page for page in shown)
    assert any("more values are in the registry" in page for page in shown)


def test_a_hostile_registry_gives_text() -> None:
    clean = Elements(render_page(catalogue(hostile("plain")), detailed=True))
    for text in (ATTACK, "javascript:alert(1)", "]]></script><svg onload=alert(1)>"):
        for detailed in (True, False):
            page = render_page(catalogue(hostile(text)), detailed=detailed)
            found = Elements(page)
            assert found.handlers == []
            assert {urlsplit(link).netloc for link in found.links if ":" in link} <= {
                "",
                "mlflow.test",
            }
            assert {link.partition(":")[0] for link in found.links if ":" in link} <= {
                "data",
                "http",
            }
            assert "\u202e" not in page
            if detailed:
                counts = {name: (found.names.count(name), clean.names.count(name)) for name in LIVE}
                assert all(one == other for one, other in counts.values()), counts


def test_no_page_shows_a_secret_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "s3cr3t<&>-value"
    monkeypatch.setenv("TRAINING_TOKEN", secret)
    for path, text in pages(hostile(f"x{secret}y"), catalogued(2, description=secret)).items():
        for shown in (
            secret,
            html.escape(secret),
            quote(secret),
            json.dumps(secret)[1:-1],
            "s3cr3t",
        ):
            assert shown not in text, path
    assert "x***y" in pages(hostile(f"x{secret}y"))["index.html"]


def test_a_version_says_how_it_was_judged() -> None:
    verdict = {"kind": "metric", "name": "accuracy", "state": "holds", "demands": {"min": 0.9},
               "after": {"value": 0.9333333333333333, "dataset": "test"}}  # fmt: skip
    close = {**verdict, "state": "fails", "after": {"value": 0.8999999999, "dataset": "test"}}
    move = moved(5, "champion", None, 3, verdicts=(verdict, close))
    page = render_page(catalogue(catalogued(3, events=(move,))), detailed=True)
    block = page.partition('id="v3"')[2].partition('id="v2"')[0]
    assert "champion, 2026-01-05 08:00" in block
    assert "accuracy 0.933333 on test, min 0.9" in block
    assert "accuracy 0.8999999999 on test, min 0.9, fails" in block


@settings(max_examples=8)
@given(st.text(max_size=60))
def test_any_text_gives_the_elements_of_a_plain_one(text: str) -> None:
    found = Elements(render_page(catalogue(hostile(text)), detailed=True))
    assert found.handlers == []
    assert found.names.count("script") == 1
    assert found.names.count("style") == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "<p>plain</p>"),
        ("", ""),
        ("**bold** `x`", "<p><strong>bold</strong> <code>x</code></p>\n"),
        ("# Title", "<h3>Title</h3>\n"),
        ("<b>no</b>", "<p>&lt;b&gt;no&lt;/b&gt;</p>\n"),
        ("![x](https://e.test/x.png)", '<p>!<a href="https://e.test/x.png" rel="noopener noreferrer nofollow">x</a></p>\n'),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("[x](//e.test)", "<p>[x](//e.test)</p>\n"),
        ("[x](/etc/passwd)", "<p>[x](/etc/passwd)</p>\n"),
        ("a\u202eb", "<p>a\\u202eb</p>\n"),
    ],
)  # fmt: skip
def test_a_description_is_markdown_without_html(text: str, expected: str) -> None:
    assert render_prose(text, str) == expected


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("https://ci.test/run/1", "https://ci.test/run/1"),
        ("https://user:pass@ci.test/run/1?token=x", "https://ci.test/run/1"),
        ("HTTP://ci.test", "HTTP://ci.test"),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("https://[", None),
        ("//ci.test", None),
        ("https://ci.test/\u202e", None),
        ("https://ci.test/ x", None),
        ("", None),
    ],
)
def test_only_addresses_of_the_web_are_links(text: str, link: str | None) -> None:
    assert safe_link(text) == link


@given(st.text(), st.text())
def test_each_model_has_a_folder_of_its_own(one: str, other: str) -> None:
    folders = {folder_of(one, str), folder_of(other, str)}
    assert len(folders) == len({one, other})
    assert all(re.fullmatch(r"models/[a-z0-9_-]{1,80}", folder) for folder in folders)


@pytest.mark.parametrize("name", ["..", ".", "a/b", "A", "con", "x--0", "", "é", "\ud800"])
def test_odd_names_have_safe_folders(name: str) -> None:
    assert re.fullmatch(r"models/[a-z0-9_-]+--[0-9a-f]{12}", folder_of(name, str))


@pytest.mark.parametrize("text", ["plain", ATTACK, "---\nx: y", "a: b\n- c"])
def test_the_head_of_a_card_is_yaml(text: str) -> None:
    site = pages(hostile(text))
    (card,) = (value for path, value in site.items() if path.endswith("card.md"))
    head = yaml.safe_load(card.split("---\n")[1])
    assert head["library_name"] == "mlflow"
    (result,) = head["model-index"][0]["results"]
    assert result["metrics"][0]["value"] == 0.5
    assert "\n<script>" not in card.replace("```text\n<script>", "")


@pytest.mark.parametrize("letter", ["x", "\u202e", "\U0001f600"])
def test_a_card_stays_short_whatever_the_registry_holds(letter: str) -> None:
    model = hostile(letter * 100_000)
    many = {f"{number}{letter * 1000}": letter * 1000 for number in range(250)}
    measured = {name: (Measurement(0.5, text),) for name, text in many.items()}
    model = replace(
        model,
        model=replace(model.model, tags=many | {"license": letter * 100_000}),
        metrics={1: measured},
        params={1: many},
    )
    (version,) = model.model.versions
    aliased = replace(version, aliases=tuple(many), status="READY")
    card = write_card(model, aliased, catalogue().server, str)
    assert len(card.encode()) < 1_000_000
    assert yaml.safe_load(card.split("---\n")[1])["library_name"] == "mlflow"


def test_a_card_cuts_no_secret() -> None:
    model = catalogued(tags={"a": "b" * 90 + " password"})
    (version,) = (v for v in model.model.versions if v.aliases)
    card = write_card(
        model, version, catalogue().server, lambda text: text.replace("password", "*")
    )
    assert "pass" not in card


def test_a_card_has_the_metrics_the_parameters_and_the_signature() -> None:
    params = {"lr": "0.1|x", **{f"p{index}": "1" for index in range(300)}}
    signature = Signature(({"type": "double", "name": "age"},))
    model = catalogued(3, params={3: params}, signatures={3: signature})
    card = pages(model)["models/mnist/version-3/card.md"]
    assert "| `accuracy (test)` | `0.93` |\n" in card
    assert "| `lr` | `0.1\\|x` |\n" in card
    assert "\n101 more are in the registry.\n" in card
    assert "| `in age` | `double` |\n" in card
    assert "## Parameters" not in pages(catalogued(3))["models/mnist/version-3/card.md"]
