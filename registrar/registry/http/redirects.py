"""Where a server redirects to, and why registrar does not go to another server by itself."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit, urlunsplit

from registrar.addresses import parse_address
from registrar.errors import Problem, ServerError
from registrar.registry.failures import UnexpectedReplyError
from registrar.registry.translate_errors import lasting_failure
from registrar.uris import safe_uri

__all__ = ["STATUSES", "check_redirect", "follow"]

STATUSES = {301, 302, 303, 307, 308}


def follow(base: str, url: str, location: str) -> str:
    """Return the address that a redirect leads to, on the same server.

    Raises ServerError for another server, UnexpectedReplyError for what is no address.
    """
    try:
        target = urljoin(url, location)
        urlsplit(target).port  # noqa: B018 - ValueError for what is no port
    except ValueError:
        raise UnexpectedReplyError("it redirects to what is not an address of a server") from None
    address = parse_address(target)
    if address is None or address.scheme not in {"http", "https"}:
        raise UnexpectedReplyError("it redirects to what is not an address of a server")
    if address != parse_address(url):
        raise _elsewhere(base, url, target)
    if target == url:
        raise UnexpectedReplyError("it redirects to itself")
    return target


def check_redirect(base: str, url: str, status: int, location: str | None) -> None:
    """Raise as `follow` for a reply that redirects to another server."""
    if status in STATUSES and location:
        follow(base, url, location)


def _elsewhere(base: str, url: str, target: str) -> ServerError:
    """Return the error of a redirect to another server; no query is told, which may hold a secret."""
    old, new = urlsplit(url), urlsplit(target)
    path = old.path.removeprefix(urlsplit(base).path.rstrip("/"))
    kept = new.path.removesuffix(path) if path and new.path.endswith(path) else ""
    address = safe_uri(urlunsplit((new.scheme, new.netloc, kept, "", ""))).rstrip("/")
    message = f"{safe_uri(base)} redirects to another server, {address}"
    hint = f"If that is the right one, set server.tracking_uri={address}."
    return lasting_failure(Problem("redirected", message, hint))
