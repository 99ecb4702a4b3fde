"""URIs: one spelling for one place, the digest of a reference, and what may be shown of them."""

from __future__ import annotations

import hashlib
import re

__all__ = [
    "MANAGED",
    "REFERENCE",
    "canonical_uri",
    "is_http",
    "reference_digest",
    "safe_uri",
    "scheme_of",
    "scrub",
]

CONTAINERS = {"abfs", "abfss", "wasb", "wasbs"}
# The user of a URI. A password with a '/' in it is not what a URI allows, but what people write.
USER = re.compile(
    r"((?<![A-Za-z0-9+.-])(?!(?i:abfss?|wasbs?)://)[A-Za-z][A-Za-z0-9+.-]*://)"
    r"(?:[^/\s'\"]*|[^/\s'\":@\[\]]*:(?!\d+(?:/|$))[^\s'\"]*)@"
)
SECRET = re.compile(
    r"(?i)([\w.-]*(?:password|passwd|pwd|token|secret|signature|credential|api_?key|access_?key"
    r"|account_?key)[\w.-]*=|\bsig=|\bauthorization: *(?:\w+ +)?)"
    r"(?:'[^']*'|\"[^\"]*\"|[^&;\s'\"]+)"
)
# Registries that MLflow reaches by a name instead of an address.
MANAGED = {"databricks", "databricks-uc", "uc"}
REFERENCE = "ref-sha256:"
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def scheme_of(uri: str) -> str:
    """The scheme in lower case; "" for a path."""
    match = SCHEME.match(uri)
    return match[1].lower() if match else ""


def is_http(uri: str) -> bool:
    """Return whether `uri` is the address of a server that is reached over HTTP."""
    return scheme_of(uri) in {"http", "https"}


def canonical_uri(uri: str) -> str:
    """Scheme and host in lower case, no doubled and no trailing slash: equal places, equal text.

    `models:/` and `runs:/` have no host, and their names are case-sensitive.
    """
    scheme = scheme_of(uri)
    if not scheme:
        return _slashes(uri)
    rest = uri[len(scheme) + 1 :]
    if not rest.startswith("//") or scheme in {"models", "runs"}:
        return f"{scheme}:{_slashes(rest)}"
    host, slash, path = rest[2:].partition("/")
    return f"{scheme}://{host.lower()}{_slashes(slash + path) if path else ''}"


def reference_digest(
    uri: str, *, run_id: str | None = None, model_id: str | None = None, uuid: str | None = None
) -> str:
    """`ref-sha256:` over what identifies a model that is registered where it lies.

    `uuid` is the `model_uuid` of its MLmodel: a model overwritten in place has another one.
    """
    lines = (canonical_uri(uri), run_id or "", model_id or "", uuid or "")
    return REFERENCE + hashlib.sha256("\n".join(lines).encode()).hexdigest()


def safe_uri(uri: str) -> str:
    """`uri` as it may be shown: without user name, password, query or fragment."""
    scheme = scheme_of(uri)
    if scheme in {"", "file"}:
        return uri
    place = re.split(r"[?#]", uri, maxsplit=1)[0]
    # In abfss://container@account the container is a name, not a user.
    return place if scheme in CONTAINERS else USER.sub(r"\1", place)


def scrub(text: str) -> str:
    """Any text with the user names, passwords and tokens in it taken out."""
    text = SECRET.sub(r"\1***", text)
    return USER.sub(r"\1***@", text)


def _slashes(path: str) -> str:
    return re.sub(r"/{2,}", "/", path).rstrip("/") or path[:1]
