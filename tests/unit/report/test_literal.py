"""Text of others stays text: GitHub's own parser makes nothing in it live, wherever it stands."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import cmarkgfm
from cmarkgfm.cmark import Options
from hypothesis import given
from hypothesis import strategies as st

from registrar.changes.changes import CreateModel, CreateVersion, DeleteTag, SetAlias, SetTag
from registrar.changes.plan import ModelPlan, Plan
from registrar.changes.tags import is_own_tag
from registrar.changes.version_difference import VersionDifference
from registrar.errors import ConfigError, Problem, RefusedError
from registrar.note import Note
from registrar.report import Outcome, Report, render
from registrar.report.literal import literal, literal_cell
from registrar.report.page import Item, Section, lay_out
from registrar.report.pins import FieldEdit, PinnedFile, Pins
from registrar.report.results import Deleted, Deletion, Dump, Dumped, KeptUpload, Listing
from registrar.report.verification import Unreadable, Verification, Verified
from registrar.signature_comparison import SignatureChange, SignatureComparison
from registrar.state import DesiredModel, ObservedModel, ObservedVersion, Server, Source
from registrar.text import printable
from registrar.verdicts import Verdict
from registrar.version_evidence import Measurement

if TYPE_CHECKING:
    from collections.abc import Iterator

LIVE = (
    "@team", "#1", "owner/repo#1", "GH-2", "https://a.example", "www.a.example", "a@b.example", "$x^2$",
    "$`x`$", ":tada:", "<b>", "<!--", "-->", "</details>", "&amp;", "|", "\\|", "\\\\|", "\\", "`", "``",
    "`" * 80, "`" * 81, "~~~", "![a](b)", "[a]", "[a]: b", "**", "__", "~~", "- ", "1. ", "    ", "# ",
    "\n", "\n\n", "\r", "\t", "\u2028", "\u202e", "\u200b", "\ufe0f", "\x1b[31m", "\x00", " ", "c0ffee12",
    "/close", "- [ ] ", "é", "数", "$", "'", '"',
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(LIVE) | st.text(min_size=1), min_size=1, max_size=8).map("".join)
TAGS = {"h3", "h4", "p", "ul", "li", "strong", "code", "table", "thead", "tbody", "tr", "th", "td"}


class Page(HTMLParser):
    """A rendered page: its tags, what it says outside of code, and each piece of code."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.prose: list[str] = []
        self.code: list[str] = []
        self._is_code = False
        options = Options.CMARK_OPT_UNSAFE  # show HTML, if there is any
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, options=options))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(f"{tag} {attrs}" if attrs else tag)
        if tag == "code":
            self._is_code = True
            self.code.append("")

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")
        self._is_code = self._is_code and tag != "code"

    def handle_data(self, data: str) -> None:
        if self._is_code:
            self.code[-1] += data
        else:
            self.prose.append(data)

    def handle_comment(self, data: str) -> None:
        self.tags.append("comment" if data.startswith(" registrar ") else data)


@given(TEXTS)
def test_text_is_shown_as_it_is(text: str) -> None:
    shown = printable(text)
    page = Page(f"### a {literal(text)} b\n\n- {literal(text)}, {literal(text)}\n- c")
    assert page.prose == ["a ", " b", "\n", "\n", ", ", "\n", "c", "\n", "\n"]
    assert {*page.tags} == {"h3", "/h3", "ul", "/ul", "li", "/li", "code", "/code"}
    assert {code.replace(r"\u0060", "`") for code in page.code} == {shown.replace(r"\u0060", "`")}


def reports(text: str) -> Iterator[Report]:
    """Reports that hold the text wherever a file, a registry or a server can put it."""
    server = Server(text, text, text)
    tags = {text: text, "registrar_owner": text}
    source = Source(text, text, text, verified=False)
    differs = SignatureComparison(
        "breaking", (SignatureChange(("inputs", text), "type", text, text, breaks=True),)
    )
    measured = Measurement(0.5, text, text)
    changes = (
        CreateModel(text, text, tags),
        CreateVersion(0, source, text, tags, difference=VersionDifference(1, (text,), 1)),
        SetTag(1, 0, text, text, f"{text}!"),
        DeleteTag(None, None, text, text),
        SetAlias(0, text, 1, 2, signature=differs),
    )
    verdicts = (
        Verdict(
            text, 0, "metric", text, "fails", 1, {text: text}, measured, measured, text, (text,)
        ),
        Verdict(None, 0, "rule", text, "warns", demands={text: text}, remarks=(text,)),
    )
    notes = (Note("leftover-upload", text, {"reason": text}), Note("plan-written", text))
    error = RefusedError(Problem("example", text, text, suggestion=text, path=text).at(file=text))
    protected = DesiredModel(text, protected=(text,))
    model = ModelPlan(text, protected, None, (None,), changes, notes, text, verdicts=verdicts)
    plan = Plan(server, (model,))
    yield Report("plan", 6, plan, error=error, notes=notes)
    yield Report("apply", 5, plan, (Outcome(model, changes[:2], changes[2:], notes, error),), error)
    yield Report("plan", 0, Plan(server, (ModelPlan(text, DesiredModel(text), None, ()),)))
    yield Report("validate", configs=(text,))
    yield Report("plan", 2, error=ConfigError(text))
    version = ObservedVersion(1, text, text, description=text, tags=tags, aliases=(text,))
    found = ObservedModel(text, text, tags, (version,))
    for detailed, compare in ((False, False), (True, False), (True, True)):
        yield Report("show", payload=Listing(server, (found,), 1, detailed, compare))
    yield Report("dump", payload=Dump(server, text, (Dumped(found, text, notes),)))
    unreadable = Unreadable(Problem("example", text))
    yield Report("verify", payload=Verification(server, (Verified(text, 1, text, unreadable),)))
    deleted = (Deleted(text, None, 1, deleted=True),)
    kept = (KeptUpload(text, (text,)),)
    yield Report("delete", payload=Deletion(server, deleted, text, (text,), kept))
    edits = (FieldEdit((text, 0), text, text),)
    yield Report("pin", payload=Pins((PinnedFile(text, text, edits),)))


@given(TEXTS.filter(lambda text: not is_own_tag(text)))  # a key that is not shown at all
def test_no_text_changes_the_form_of_a_page(text: str) -> None:
    for plain, hostile in zip(reports("plain"), reports(text), strict=True):
        expected, page = Page(render(plain, "markdown")), Page(render(hostile, "markdown"))
        assert (page.tags, page.prose) == (expected.tags, expected.prose)


@given(TEXTS)
def test_a_cell_holds_its_text(text: str) -> None:
    cell = literal_cell(text)
    page = Page(f"| a | b |\n| --- | --- |\n| {cell} | {cell} |\n| c | d |")
    assert [data for data in page.prose if data.strip()] == [*"abcd"]
    assert {tag for tag in page.tags if not tag.startswith("/")} <= TAGS
    expected = printable(text).replace("\\|", r"\\u007c")
    shown = [code.replace(r"\u0060", "`") for code in page.code]
    assert shown == [expected.replace(r"\u0060", "`")] * 2


def test_more_backticks_than_the_parser_takes_for_a_fence_are_escaped() -> None:
    text = "".join(f"{'`' * n} @team " for n in range(1, 20))
    page = Page(literal(text))
    assert (page.code, page.prose) == ([text.replace("`", r"\u0060")], ["\n"])
    assert Page(literal("`" * 81 + " @team")).code == ["`" * 81 + " @team"]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30), st.booleans()), max_size=20))
def test_a_page_keeps_its_limit_and_counts_what_it_leaves_out(
    shape: list[tuple[int, int, bool]],
) -> None:
    sections = [
        Section(
            (f"#### s{i}",),
            tuple(Item(("x" * 200,), "note") for _ in range(count)),
            rank,
            folded=folded,
        )
        for i, (rank, count, folded) in enumerate(shape)
    ]
    page = lay_out(["head"], sections, 10_000)
    assert len(page) <= 10_000
    shown = page.count("x" * 200)
    total = sum(count for _, count, _ in shape)
    assert (f"**Left out here: {total - shown} note" in page) == (shown < total)
    assert page.count("<details>") == page.count("</details>")
