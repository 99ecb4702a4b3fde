"""What `show` lists, as one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.report.html.catalogue import Catalogue
from registrar.report.html.catalogued_model import catalogue_model
from registrar.report.html.site import render_page
from registrar.report.notes import note_lines
from registrar.report.results import Listing

if TYPE_CHECKING:
    from registrar.report.report import Report

__all__ = ["as_html"]


def as_html(report: Report) -> str:
    """Return the page of a listing; "" for a report without one, such as an error."""
    listing = report.payload
    if not isinstance(listing, Listing):
        return ""
    models = tuple(
        catalogue_model(
            model,
            {v.number: listing.measurements_of(model.name, v.number) for v in model.versions},
            listing.run_data,
            {v.number: listing.files.get((model.name, v.number)) for v in model.versions},
        )
        for model in listing.models
    )
    catalogue = Catalogue(listing.server, models)
    return render_page(catalogue, detailed=listing.detailed, notes=[*note_lines(report)]).rstrip()
