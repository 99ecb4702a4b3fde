"""Where MLflow's own pages of a model and of a run are, on a server that has pages."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from registrar.report.html.why import safe_link

if TYPE_CHECKING:
    from registrar.state import Server

__all__ = ["link_to_model", "link_to_run"]

LONGEST = 2000  # characters


def link_to_model(server: Server, name: str) -> str | None:
    """Return the address of a model's page; None for a database."""
    return _link(server.registry_uri, f"models/{_quote(name)}")


def link_to_run(server: Server, run_id: str) -> str | None:
    """Return the address of a run's page; None for a database."""
    return _link(server.tracking_uri, f"runs/{_quote(run_id)}")


def _link(uri: str, place: str) -> str | None:
    base = safe_link(uri)
    if base is None or len(place) > LONGEST:
        return None
    return f"{base.rstrip('/')}/#/{place}"


def _quote(text: str) -> str:
    return quote(text, safe="", errors="replace")
