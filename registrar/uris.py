"""The grammar of model URIs: each form parsed once, its canonical text, and what may be shown.

`parse_uri` is the only place that tells the forms apart. Code that needs to know the form of a URI
takes a `Uri` and matches on its type.
"""

from __future__ import annotations

import functools
import posixpath
import re
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import SplitResult, quote, unquote, urlsplit

from registrar.secrets import without_userinfo

__all__ = [
    "MANAGED",
    "DirectoryUri",
    "LoggedModelUri",
    "RunUri",
    "StoreUri",
    "Uri",
    "UriError",
    "VersionUri",
    "canonical_uri",
    "file_uri",
    "is_http",
    "parse_source",
    "parse_uri",
    "path_uris",
    "safe_uri",
    "scheme_of",
    "unreachable_name",
]

# Registries that MLflow reaches by a name instead of an address.
MANAGED = {"databricks", "databricks-uc", "uc"}
SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
# Control characters, and what ends a line in YAML 1.1 or in JavaScript.
LINE_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
CONTAINER_SCHEMES = {"abfs", "abfss", "wasb", "wasbs"}
MODELS_HINT = "Write models:/NAME/VERSION, models:/NAME@ALIAS, models:/NAME@DIGEST or models:/m-ID."
DIGEST_HINT = "Write sha256: and the first digits of a digest: 12 to 64, in lower case."
DIGEST_START = re.compile(r"sha256:[0-9a-f]{12,64}")
RUNS_HINT = "Write runs:/RUN_ID/PATH, or runs:/RUN_ID/ for a model at the root of the run."


class UriError(ValueError):
    """A text that has none of the forms of a model URI; `code` and `hint` are as in `Problem`."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


@dataclass(frozen=True, slots=True)
class _Uri:
    """What all forms have: the text as the user wrote it."""

    text: str

    @property
    def canonical(self) -> str:
        """The canonical text; see `canonical_uri`."""
        return canonical_uri(self.text)

    @property
    def safe(self) -> str:
        """The text without secrets; see `safe_uri`."""
        return safe_uri(self.text)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class DirectoryUri(_Uri):
    """A directory: a path or a `file:` URI. `path` is the path that it names, with no escapes."""

    path: str

    def absolute(self, directory: str) -> DirectoryUri:
        """Return the same URI, with a relative path counted from `directory`."""
        return replace(self, path=posixpath.join(directory, self.path))


@dataclass(frozen=True, slots=True)
class RunUri(_Uri):
    """A model among the artifacts of a run; `path` is "" for a model at their root."""

    run_id: str
    path: str


@dataclass(frozen=True, slots=True)
class LoggedModelUri(_Uri):
    """A logged model of MLflow 3: `models:/m-ID`."""

    model_id: str

    @classmethod
    def of(cls, model_id: str) -> LoggedModelUri:
        """Return the URI of a logged model."""
        return cls(f"models:/{model_id}", model_id)


@dataclass(frozen=True, slots=True)
class VersionUri(_Uri):
    """A version of a registered model: by its number, an alias, or the start of its digest."""

    name: str
    version: int | None = None
    alias: str | None = None
    digest: str | None = None

    @classmethod
    def of(cls, name: str, version: int) -> VersionUri:
        """Return the URI of a version; where the name holds `?` or `#`, MLflow cannot read it."""
        return cls(f"models:/{name}/{version}", name, version=version)

    @property
    def selector(self) -> str:
        """The number, or an `@` with the alias or the digest, as a registry is asked for it."""
        return f"@{self.alias or self.digest}" if self.version is None else str(self.version)


@dataclass(frozen=True, slots=True)
class StoreUri(_Uri):
    """A folder of an artifact store, such as `s3://bucket/folder`; `path` is as it is written."""

    scheme: str
    host: str
    path: str


Uri: TypeAlias = DirectoryUri | RunUri | LoggedModelUri | VersionUri | StoreUri


@functools.lru_cache(maxsize=256)  # several rules look at each URI
def parse_uri(text: str) -> Uri:
    """Return the form that `text` has. Raises UriError, whose message holds no secret."""
    if LINE_BREAK.search(text):
        message = f"{safe_uri(text)} holds a line break or another control character"
        raise UriError("invalid-uri", message, "Remove it.")
    scheme = scheme_of(text)
    match scheme:
        case "" | "file":
            return _parse_directory(text, scheme)
        case "runs":
            return _parse_run(text)
        case "models":
            return _parse_models(text)
        case _:
            return _parse_store(text, scheme)


def parse_source(text: str) -> Uri | None:
    """Return the form of a source that a registry holds; None if it has none."""
    try:
        return parse_uri(text)
    except UriError:
        return None


def scheme_of(uri: str) -> str:
    """Return the scheme of any URI in lower case; "" for a path."""
    return match[1].lower() if (match := SCHEME.match(uri)) else ""


def is_http(uri: str) -> bool:
    """Return whether `uri` is the address of a server that is reached over HTTP."""
    return scheme_of(uri) in {"http", "https"}


def canonical_uri(uri: str) -> str:
    """Return the one text that all spellings of a place have.

    Scheme and host are in lower case, slashes are neither doubled nor trailing. `models:/` and
    `runs:/` have no host, and their names are case-sensitive. The root of a run ends in a slash.
    """
    scheme = scheme_of(uri)
    if not scheme:
        return _single_slashes(uri)
    rest = uri[len(scheme) + 1 :]
    if scheme == "runs" and rest.strip("/") and "/" not in rest.strip("/"):
        return f"runs:{_single_slashes(rest)}/"
    if not rest.startswith("//") or scheme in {"models", "runs"}:
        return f"{scheme}:{_single_slashes(rest)}"
    host, slash, path = rest[2:].partition("/")
    return f"{scheme}://{host.lower()}{_single_slashes(slash + path) if path else ''}"


def safe_uri(uri: str) -> str:
    """Return any URI as it may be shown: without user name, password, query or fragment."""
    scheme = scheme_of(uri)
    if scheme in {"", "models", "runs"}:
        return uri
    if scheme == "file":
        return without_userinfo(uri)
    place = re.split(r"[?#]", uri, maxsplit=1)[0]
    return place if scheme in CONTAINER_SCHEMES else without_userinfo(place)


def unreachable_name(name: str) -> str | None:
    """Return the character of a registered model's name that no `models:/` URI can hold, or None.

    MLflow cuts a URI at `?`, and some of its functions and versions cut it at `#`.
    """
    return next((char for char in name if char in "?#"), None)


def file_uri(path: str) -> str:
    """Return the `file:` URI of an absolute path."""
    return f"file://{quote(path, errors='surrogateescape')}"


def path_uris(path: str) -> tuple[str, ...]:
    """Return the spellings of an absolute path as a URI; people leave the escapes out."""
    return tuple(dict.fromkeys((path, f"file://{path}", file_uri(path))))


def _parse_directory(text: str, scheme: str) -> DirectoryUri:
    if not scheme:
        return DirectoryUri(text, text)
    parts = _split(text)
    if parts.netloc not in {"", "localhost"}:
        message = f"{safe_uri(text)} names the host {parts.netloc.rpartition('@')[2]}"
        raise UriError("invalid-uri", message, "Write file:///PATH for a path on this machine.")
    _refuse_query(text, "Write %3F for '?' and %23 for '#' in a file URI.")
    return DirectoryUri(text, unquote(parts.path))


def _parse_run(text: str) -> RunUri:
    match = re.fullmatch(r"runs:/+([^/]+)/+(.*)", text, re.IGNORECASE | re.DOTALL)
    if match is None:
        raise UriError("invalid-uri", f"{text} is not a run's model", RUNS_HINT)
    _refuse_dots(text, f"{match[1]}/{match[2]}")
    _refuse_query(text)
    return RunUri(text, match[1], _single_slashes(match[2]))


def _parse_models(text: str) -> LoggedModelUri | VersionUri:
    """Parse as MLflow does: a number follows a `/`, an alias follows the last `@`."""
    match = re.fullmatch(r"models:/+([^/]*)(?:/([^/]*))?", text, re.IGNORECASE | re.DOTALL)
    path, version = (match[1], match[2]) if match else ("", None)
    if char := unreachable_name(path):
        message = f"{text} is no version's URI: MLflow cuts models:/ URIs at '{char}'"
        hint = "Rename that model, or use the URI of the version's files."
        raise UriError("unreachable-name", message, hint)
    name, at, alias = path.rpartition("@")
    if version is not None:
        if path.strip() and re.fullmatch(r"[0-9]+", version):
            return VersionUri(text, path, version=int(version))
    elif at:
        if name.strip() and DIGEST_START.fullmatch(alias):
            return VersionUri(text, name, digest=alias)
        if name.strip() and alias.startswith("sha256:"):
            raise UriError("invalid-digest", f"{text} names no digest", DIGEST_HINT)
        if name.strip() and alias.strip():
            return VersionUri(text, name, alias=alias)
    elif path.startswith("m-") and path != "m-":
        return LoggedModelUri(text, path)
    raise UriError("invalid-uri", f"{text} does not name one version", MODELS_HINT)


def _parse_store(text: str, scheme: str) -> StoreUri:
    parts = _split(text)
    _refuse_dots(text, parts.path)
    _refuse_query(text)
    if not parts.path.strip("/"):
        message = f"{safe_uri(text)} names a whole bucket or host"
        raise UriError("invalid-uri", message, "Name the folder that holds the MLmodel.")
    return StoreUri(text, scheme, parts.netloc, parts.path)


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError as error:
        raise UriError("invalid-uri", f"{safe_uri(text)}: {error}", "Correct the URI.") from None


def _refuse_dots(text: str, path: str) -> None:
    if any(unquote(segment) in {".", ".."} for segment in path.split("/")):
        message = f"{safe_uri(text)} holds '.' or '..', which MLflow refuses"
        raise UriError("invalid-uri", message, "Write the path without them.")


def _refuse_query(text: str, hint: str = "Write the path alone.") -> None:
    if "?" in text or "#" in text:
        raise UriError("invalid-uri", f"{safe_uri(text)} has a query or a fragment", hint)


def _single_slashes(path: str) -> str:
    """Return `path` without doubled and trailing slashes; "/" stays."""
    return re.sub(r"/{2,}", "/", path).rstrip("/") or path[:1]
