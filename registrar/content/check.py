"""Check the model that a URI names, without contacting a server or a store."""

from __future__ import annotations

from pathlib import Path

from registrar.content.directory import find_model
from registrar.content.whole_model import read_whole_model
from registrar.errors import ConfigError, Problem
from registrar.uris import DirectoryUri, StoreUri, UriError, parse_uri, safe_uri

__all__ = ["check_source"]

OF_BUCKETS = {"s3", "s3a", "gs", "wasbs", "abfss"}  # schemes whose URIs name a bucket after `//`


def check_source(text: str, *, verify: bool) -> Problem | None:
    """Return the problem of a model's URI, None if there is none.

    A directory has to exist, its MLmodel has to parse, the model has to be whole, and an artifact
    store has to be able to hold every file. With `verify` False a directory may be missing.
    """
    try:
        uri = parse_uri(text)
        if isinstance(uri, StoreUri) and uri.scheme in OF_BUCKETS and not uri.host:
            message = f"{safe_uri(text)} names no bucket"
            return Problem("invalid-uri", message, f"Write {uri.scheme}://BUCKET/PATH.")
        if isinstance(uri, DirectoryUri) and (verify or Path(uri.path).exists()):
            read_whole_model(uri, find_model(uri))
    except UriError as error:
        return Problem(error.code, error.message, error.hint)
    except ConfigError as error:
        return error.problems[0]
    except OSError as error:
        hint = "Check the path and its permissions."
        return Problem("unreadable-file", f"{text}: {error.strerror}", hint)
    return None
