"""The pages of a model as text: the first one, and those of its older versions, all of a bounded size."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from registrar.report.html.model_page import ModelPage
    from registrar.report.html.page_templates import Templates
    from registrar.report.html.versions import VersionBlock

__all__ = ["render_blocks", "write_model_pages"]

LIMIT = 299_999  # bytes of a page
VERSIONS = 200  # of one page
BLOCKS = 110_000  # bytes of the versions of one page
SHORTER = (20, 5, 0)  # entries of each list of a version that is too large
# What a page can lose: the name, and the fields without it.
PARTS: dict[str, dict[str, Any]] = {
    "the table of metrics": {"table": None},
    "the comparison of versions": {"comparison": None},
    "the aliases over time": {"timeline": None},
    "the charts": {"charts": (), "uncharted": ()},
    "the description": {"description": Markup()},
    "the tags": {"tags": ()},
    "what is in use": {"cards": ()},
}


def write_model_pages(
    page: ModelPage, context: Mapping[str, object], templates: Templates
) -> Iterator[tuple[str, str]]:
    """Yield the file and the text of the first page of a model, then of those of the older versions.

    A first page that is too large loses parts, and names them.
    """
    parts = [*_split(render_blocks(page.blocks, templates, most=BLOCKS))]
    numbers = iter(block.number for block in page.blocks)
    spans = [[next(numbers) for _ in part] for part in parts]
    links = [
        (_name_page(index), f"{span[0]} to {span[-1]}" if len(span) > 1 else str(*span))
        for index, span in enumerate(spans, start=1)
    ]
    files = ["", *(name for name, _ in links[1:])]  # the first page has the cards of aliases
    values = {
        **context,
        "links": links,
        "places": {number: files[i] for i, span in enumerate(spans) for number in span},
    }

    def render_first(page: ModelPage) -> str:
        return templates.render("model.html", page=page, blocks=parts[0], current=1, **values)

    yield _name_page(1), _render_bounded(page, render_first)
    for index, part in enumerate(parts[1:], start=2):
        name, own = "older_versions.html", {"blocks": part, "current": index}
        yield _name_page(index), templates.render(name, page=page, **own, **values)


def render_blocks(
    blocks: Sequence[VersionBlock], templates: Templates, prefix: str = "", most: int | None = None
) -> list[Markup]:
    """Return the versions of a model as HTML; `prefix` makes their ids differ from those of others.

    `most` are the bytes of a version; what a larger one leaves out is counted.
    """
    texts = []
    for block in blocks:
        text = templates.render("version.html", block=block, prefix=prefix)
        for entries in SHORTER:
            if most is None or len(text.encode()) <= most:
                break
            text = templates.render("version.html", block=block.shorten(entries), prefix=prefix)
        texts.append(Markup(text))  # noqa: S704 - our template
    return texts


def _render_bounded(page: ModelPage, render: Callable[[ModelPage], str]) -> str:
    """Return a page without its largest parts, where it would be too large with them."""
    text = render(page)
    if len(text.encode()) <= LIMIT:
        return text
    sizes = {name: len(render(replace(page, **empty)).encode()) for name, empty in PARTS.items()}
    for name in sorted(sizes, key=sizes.__getitem__):
        page = replace(page, left_out=(*page.left_out, name), **PARTS[name])
        text = render(page)
        if len(text.encode()) <= LIMIT:
            break
    return text


def _split(blocks: Sequence[Markup]) -> Iterator[Sequence[Markup]]:
    """Yield the blocks of each page; the first page is there for a model without versions, too."""
    part: list[Markup] = []
    taken = 0
    for block in blocks:
        size = len(block.encode())
        if part and (len(part) == VERSIONS or taken + size > BLOCKS):
            yield part
            part, taken = [], 0
        part.append(block)
        taken += size
    yield part


def _name_page(number: int) -> str:
    return "index.html" if number == 1 else f"versions-{number}.html"
