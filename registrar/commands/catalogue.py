"""`catalogue`: write a registry as pages of HTML."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from registrar.commands.catalogued_models import catalogue_models
from registrar.commands.declared_states import read_declared_states
from registrar.commands.selection import (
    Filters,
    named_models,
    note_unreachable_names,
    select_models,
)
from registrar.commands.site_folder import check_folder, write_folder
from registrar.registry import connect
from registrar.report import Report
from registrar.report.html.catalogue import Catalogue
from registrar.report.html.places import page_of
from registrar.report.html.site import render_site
from registrar.report.results import Site
from registrar.secrets import make_mask
from registrar.text import format_minute

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt

__all__ = ["run"]


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Write a page for each selected model into `catalogue.dir`, and a list of them.

    Raises ConfigError for a folder that may not be replaced, NotFoundError, ServerError, and
    RefusedError where it cannot be written.
    """
    config = jobs[0].config
    node = config["catalogue"]
    folder = Path(node["dir"])
    check_folder(folder, force=bool(node["force"]))
    with connect(config["server"], writes=False, stop=interrupt.is_pending) as backend:
        selected = select_models(backend.registry, named_models(jobs, node), jobs)
        selected = Filters.parse(node).choose_models(selected)
        names = {model.name for model in selected}
        states, unknown = read_declared_states(jobs, names, backend, interrupt)
        server = backend.registry.server
        made = format_minute(time.time_ns() // 1_000_000) if node["time"] else None
        models = catalogue_models(selected, jobs, states, backend, interrupt)
        pages = write_folder(folder, render_site(Catalogue(server, models, made)))
    mask = make_mask()
    files = {model.name: page_of(model.name, mask) for model in selected}
    site = Site(server, folder.as_posix(), files, pages)
    notes = (*backend.notes, *unknown, *note_unreachable_names(selected))
    return Report("catalogue", payload=site, notes=notes)
