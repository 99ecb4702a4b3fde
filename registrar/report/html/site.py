"""The files of a catalogue, made one after the other: pages and model cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.report.html.card import write_card
from registrar.report.html.index_page import describe_row
from registrar.report.html.model_list import write_list, write_list_page
from registrar.report.html.model_page import describe_model
from registrar.report.html.model_pages import render_blocks, write_model_pages
from registrar.report.html.page_templates import Templates
from registrar.report.html.places import folder_of
from registrar.secrets import make_mask
from registrar.uris import safe_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.report.html.catalogue import Catalogue

__all__ = ["render_page", "render_site"]


def render_site(catalogue: Catalogue) -> Iterator[tuple[str, str]]:
    """Yield each file of a site: its path, with `/`, and its text."""
    mask = make_mask()
    templates = Templates(mask)
    context = _describe_server(catalogue) | {"is_linked": True}
    rows, versions = [], 0
    for model in catalogue.models:
        folder = folder_of(model.model.name, mask)
        page = describe_model(model, catalogue.server, mask)
        for name, text in write_model_pages(page, context, templates):
            yield f"{folder}/{name}", text
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
        pages.append((page, render_blocks(page.blocks, templates, prefix), prefix))
    return templates.render("models.html", pages=pages, **context)


def _describe_server(catalogue: Catalogue) -> dict[str, object]:
    return {
        "server": safe_uri(catalogue.server.registry_uri),
        "made": catalogue.made,
        "notes": (),
    }
