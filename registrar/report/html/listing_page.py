"""What `show` lists, as one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.events import list_events
from registrar.content.signature import parse_signature
from registrar.report.html.catalogue import Catalogue, CataloguedModel
from registrar.report.html.limits import limits_of_events
from registrar.report.html.site import one_page
from registrar.report.notes import note_lines
from registrar.report.results import Listing

if TYPE_CHECKING:
    from registrar.report.report import Report
    from registrar.state import ObservedModel

__all__ = ["as_html"]


def as_html(report: Report) -> str:
    """Return the page of a listing; "" for a report without one, such as an error."""
    listing = report.payload
    if not isinstance(listing, Listing):
        return ""
    models = tuple(_catalogue(model, listing) for model in listing.models)
    catalogue = Catalogue(listing.server, models)
    return one_page(catalogue, detailed=listing.detailed, notes=[*note_lines(report)]).rstrip()


def _catalogue(model: ObservedModel, listing: Listing) -> CataloguedModel:
    runs = {v.number: listing.run_data.get(v.run_id or "") for v in model.versions}
    signatures = {v.number: parse_signature(v.signature) for v in model.versions}
    return CataloguedModel(
        model,
        metrics={v.number: listing.measurements_of(model.name, v.number) for v in model.versions},
        params={number: run.params for number, run in runs.items() if run is not None},
        events=list_events(model),
        limits=limits_of_events(model),
        signatures={number: s for number, s in signatures.items() if s is not None},
    )
