"""URI forms: what is wrong with one, as far as it shows without contacting anything."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from registrar.content.directory import (
    MLMODEL,
    files,
    is_directory,
    local_path,
    model_folder,
    parse_mlmodel,
)
from registrar.errors import ConfigError, Problem
from registrar.uris import safe_uri, scheme_of

__all__ = ["LOGGED_URI", "RUN_URI", "VERSION_URI", "problem"]

RUN_URI = re.compile(r"runs:/+(?P<run_id>[^/]+)/(?P<path>.+)")
LOGGED_URI = re.compile(r"models:/+(?P<model_id>m-[^/@]+)")
VERSION_URI = re.compile(r"models:/+(?P<name>[^/@]+)(/(?P<number>[0-9]+)|(?P<alias>@[^/@]+))")


def problem(uri: str, *, verify: bool) -> Problem | None:
    """What is wrong with a URI as far as it shows without contacting anything, or None.

    A directory is looked at, unless `verify` is False and there is none: it exists, it has an
    MLmodel that parses, every file can be taken.
    """
    try:
        if is_directory(uri):
            if not (verify or local_path(uri).exists()):
                return None
            folder = model_folder(uri)
            parse_mlmodel((folder / MLMODEL).read_bytes(), str(uri))
            files(folder)
        else:
            _form(uri)
    except ConfigError as error:
        return error.problems[0]
    except OSError as error:
        return Problem("todo", f"{uri}: {error.strerror}", "Check the path and its permissions.")
    return None


def _form(uri: str) -> None:
    """Raises ConfigError when a URI has no form that can be registered."""
    scheme = scheme_of(uri)
    if scheme == "runs" and not RUN_URI.fullmatch(uri):
        raise ConfigError(
            Problem("todo", f"{uri} is not a run's model", "Write runs:/RUN_ID/PATH.")
        )
    if scheme == "models" and not (LOGGED_URI.fullmatch(uri) or VERSION_URI.fullmatch(uri)):
        hint = "Write models:/NAME/VERSION, models:/NAME@ALIAS or models:/m-ID."
        raise ConfigError(Problem("todo", f"{uri} does not name one version", hint))
    if scheme in {"runs", "models"}:
        return
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise ConfigError(
            Problem("todo", f"{safe_uri(uri)}: {error}", "Correct the URI.")
        ) from None
    if any(unquote(part) in {".", ".."} for part in parts.path.split("/")):
        message = f"{safe_uri(uri)} holds '.' or '..', which MLflow refuses"
        raise ConfigError(Problem("todo", message, "Write the path without them."))
    if parts.query or parts.fragment:
        message = f"{safe_uri(uri)} has a query or a fragment"
        raise ConfigError(Problem("todo", message, "A model's place is a plain path."))
    if not parts.path.strip("/"):
        message = f"{safe_uri(uri)} names a whole bucket or host"
        raise ConfigError(Problem("todo", message, "Name the folder that holds the MLmodel."))
