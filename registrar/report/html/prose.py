"""Descriptions as HTML: Markdown without HTML, images or scripts, with links to http and https only."""

from __future__ import annotations

import functools
import json
import re
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from markupsafe import Markup

from registrar.report.html.links import safe_link
from registrar.text import is_printable

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["is_safe_markdown", "render_prose", "summarize"]

# What makes Markdown of a text; the other texts, most of all, are one paragraph.
MARKED = re.compile(r"[\\`*_{}\[\]()#+!<>|~&\n-]|\d[.)]|://")
KEPT = frozenset("\n\u200d\ufe0f")  # line breaks, and what joins emoji
DEEPEST_HEADING = 6


def render_prose(
    text: str, mask: Callable[[str], str], most: int = 10_000, *, heading: int = 3
) -> Markup:
    """Return at most `most` characters of a description as HTML.

    Its headings begin at the level `heading`.
    `mask` takes secrets out of it. What a person cannot see stands there as JSON writes it.
    """
    cut = len(text) > most
    text = mask(text[: 2 * most].replace("\r\n", "\n").strip())
    text = text[:most].replace("\t", "    ")
    if not is_printable(text):
        text = "".join(
            char if char in KEPT or is_printable(char) else json.dumps(char)[1:-1] for char in text
        )
    if cut:
        text += f"\n\n(cut after {most:,} characters)"
    if not MARKED.search(text):
        return Markup("<p>{}</p>").format(text) if text else Markup()
    return Markup(_convert(text, heading))  # noqa: S704 - the parser escapes all text and takes no HTML


def summarize(text: str, mask: Callable[[str], str], most: int) -> str:
    """Return the start of a description on one line, without the marks of Markdown."""
    text = mask(text[: 20 * most])
    line = next((line for line in text.splitlines() if line.strip()), "").strip()
    if MARKED.search(line):
        line = _take_marks_off(line)
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def is_safe_markdown(text: str) -> bool:
    """Return whether nothing in a text is HTML, an image, or a link to elsewhere than the web.

    A renderer of Markdown that takes HTML gives no other page for it than one that does not.
    """
    if not all(char in KEPT or is_printable(char) for char in text):
        return False
    tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    children = [child for token in tokens for child in token.children or ()]
    return not any(
        token.type in {"html_block", "html_inline", "image"}
        or (token.type == "link_open" and safe_link(str(token.attrGet("href"))) is None)
        for token in (*tokens, *children)
    )


@functools.lru_cache(maxsize=1024)
def _take_marks_off(line: str) -> str:
    words = [
        child.content
        for token in _make_parser().parse(line)
        for child in token.children or ()
        if child.type in {"text", "code_inline"}
    ]
    return "".join(words) or line


@functools.lru_cache(maxsize=1024)
def _convert(text: str, heading: int) -> str:
    tokens = _make_parser().parse(text)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            level = min(int(token.tag[1:]) + heading - 1, DEEPEST_HEADING)
            token.tag = f"h{level}"
        if token.type == "inline":
            for child in token.children or ():
                if child.type == "link_open":
                    child.attrSet("rel", "noopener noreferrer nofollow")
    return str(_make_parser().renderer.render(tokens, _make_parser().options, {}))


@functools.cache
def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.validateLink = lambda url: safe_link(url) is not None  # type: ignore[method-assign]
    return parser
