"""The files of a catalogue, made one after the other: pages and model cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

from registrar.report.html.card import write_card
from registrar.report.html.index_page import describe_row
from registrar.report.html.model_list import write_list, write_list_page
from registrar.report.html.model_page import describe_model
from registrar.report.html.page_templates import Templates
from registrar.report.html.places import folder_of
from registrar.secrets import make_mask
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.report.html.catalogue import Catalogue
    from registrar.report.html.model_page import ModelPage
    from registrar.report.html.versions import VersionBlock

__all__ = ["render_page", "render_site"]

VERSIONS = 200  # of one page
BLOCKS = 110_000  # characters of the versions of one page, so that it stays below 300 KB


def render_site(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield each file of a site: its path, with `/`, and its text."""
    mask = make_mask()
    templates = Templates(mask)
    context = _describe_server(catalogue) | {"is_linked": True}
    rows, versions = [], 0
    for model in catalogue.models:
        folder = folder_of(model.model.name, mask)
        page = describe_model(model, catalogue.server, mask)
        for number, text in enumerate(_write_model_pages(page, context, templates), start=1):
            yield f"{folder}/{_name_page(number)}", text
        for version in model.model.versions:
            if version.aliases:
                card = write_card(model, version, catalogue.server, mask)
                yield f"{folder}/version-{version.number}/card.md", card
        rows.append(describe_row(model, mask))
        versions += len(model.model.versions)
    yield from write_list(rows, versions, context, templates)


def render_page(catalogue: Catalogue, *, detailed: bool, notes: Sequence[str] = ()) -> str:
    """Return one page without links to others: of the models in full, or the list of them."""
    mask = make_mask()
    templates = Templates(mask)
    models = [*catalogue.models]
    context = _describe_server(catalogue) | {"is_linked": False, "notes": notes}
    if not detailed:
        rows = [describe_row(model, mask) for model in models]
        versions = sum(len(model.model.versions) for model in models)
        return write_list_page(rows, versions, context, templates)
    pages = []
    for index, model in enumerate(models, start=1):
        page = describe_model(model, catalogue.server, mask)
        prefix = f"{index}-" if len(models) > 1 else ""
        pages.append((page, _render_blocks(page.blocks, templates, prefix), prefix))
    return templates.render("models.html", pages=pages, **context)


def _write_model_pages(
    page: ModelPage, context: Mapping[str, object], templates: Templates
) -> Iterator[str]:
    """Yield the first page of a model, then those of the older versions."""
    parts = [*_split(_render_blocks(page.blocks, templates))]
    numbers = iter(block.number for block in page.blocks)
    spans = [[next(numbers) for _ in part] for part in parts]
    links = [
        (_name_page(index), f"{span[0]} to {span[-1]}" if len(span) > 1 else str(*span))
        for index, span in enumerate(spans, start=1)
    ]
    files = ["", *(name for name, _ in links[1:])]  # the first page has the cards of aliases
    places = {number: files[i] for i, span in enumerate(spans) for number in span}
    for index, part in enumerate(parts, start=1):
        name = "model.html" if index == 1 else "older_versions.html"
        yield templates.render(
            name, page=page, links=links, places=places, blocks=part, current=index, **context
        )


def _render_blocks(
    blocks: Sequence[VersionBlock], templates: Templates, prefix: str = ""
) -> list[Markup]:
    """Return the versions of a model as HTML; `prefix` makes their ids differ from those of others."""
    return [
        Markup(templates.render("version.html", block=block, prefix=prefix))  # noqa: S704 - our template
        for block in blocks
    ]


def _split(blocks: Sequence[Markup]) -> Iterator[Sequence[Markup]]:
    """Yield the blocks of each page; the first page is there for a model without versions, too."""
    part: list[Markup] = []
    size = 0
    for block in blocks:
        if part and (len(part) == VERSIONS or size + len(block) > BLOCKS):
            yield part
            part, size = [], 0
        part.append(block)
        size += len(block)
    yield part


def _name_page(number: int) -> str:
    return "index.html" if number == 1 else f"versions-{number}.html"


def _describe_server(catalogue: Catalogue) -> dict[str, object]:
    return {
        "server": safe_uri(catalogue.server.registry_uri),
        "made": catalogue.made,
        "notes": (),
    }
