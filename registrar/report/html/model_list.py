"""The list of models as text: on one page, or split by size over several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from registrar.report.html.list_pages import name_list_page, split_list
from registrar.report.html.other_models import list_known_models
from registrar.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.report.html.index_page import IndexRow
    from registrar.report.html.page_templates import Templates

__all__ = ["write_list", "write_list_page"]

LIMIT = 299_999  # bytes of a page
# Bytes that only a page of several has: at most those of its links, its second style and script.
OWN = 30_000


def write_list(
    rows: Sequence[IndexRow], versions: int, context: Mapping[str, object], templates: Templates
) -> Iterator[tuple[str, str]]:
    """Yield the file and the text of each page of the list, all of them below the limit."""
    values = _describe(rows, versions, context, templates)
    whole = templates.render("index.html", **values)
    size = len(whole.encode())
    if size <= LIMIT:
        yield name_list_page(1), whole
        return
    texts: Sequence[str] = values["rows"]
    sizes = [len(text.encode()) for text in texts]
    known = list_known_models(rows)
    room = LIMIT - OWN - (size - sum(sizes)) - (len(known.document.encode()) if known else 0)
    for part in split_list(rows, sizes, room):
        own = {"rows": texts[part.rows.start : part.rows.stop], "part": part, "known": known}
        yield part.this.file, templates.render("list_page.html", **values | own)


def write_list_page(
    rows: Sequence[IndexRow], versions: int, context: Mapping[str, object], templates: Templates
) -> str:
    """Return the list as one page, whatever its size."""
    return templates.render("index.html", **_describe(rows, versions, context, templates))


def _describe(
    rows: Sequence[IndexRow], versions: int, context: Mapping[str, object], templates: Templates
) -> dict[str, Any]:
    """Return the values of the template: rows as text, and columns that hold something in any row."""
    values = {
        **context,
        "models_text": plural(len(rows), "model"),
        "versions_text": plural(versions, "version"),
        "with_metric": any(row.metric for row in rows),
        "with_owner": any(row.owner for row in rows),
        "with_declared": any(row.declared for row in rows),
    }
    texts = [
        Markup(templates.render("index_row.html", row=row, **values))  # noqa: S704 - our template
        for row in rows
    ]
    return {**values, "rows": texts}
