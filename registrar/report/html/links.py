"""Addresses that a page may link to, MLflow's own pages of models and runs among them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from registrar.report.html.shown import count_bytes
from registrar.uris import is_http, safe_uri

if TYPE_CHECKING:
    from registrar.state import Server

__all__ = ["link_to_model", "link_to_run", "link_to_version", "safe_link"]

LONGEST = 2000  # bytes in a page, which shows no part of an address


def safe_link(text: str) -> str | None:
    """Return an address that a page may link to, without secrets; None for any other text."""
    if not is_http(text) or not text.isprintable() or " " in text or count_bytes(text) > LONGEST:
        return None
    try:
        has_host = bool(urlsplit(text).hostname)
    except ValueError:
        return None
    return safe_uri(text) if has_host else None


def link_to_model(server: Server, name: str) -> str | None:
    """Return the address of a model's page; None for a database."""
    return _link(server.registry_uri, f"models/{_quote(name)}")


def link_to_version(registry_uri: str, name: str, version: int) -> str | None:
    """Return the address of a version's page, on the server or on another one; None for a database."""
    return _link(registry_uri, f"models/{_quote(name)}/versions/{version}")


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
