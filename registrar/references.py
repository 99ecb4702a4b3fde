"""References: models whose place is registered, without a copy of their files.

A reference has no content digest. Its digest is over what identifies it: the place of its files, or
its logged model, and the `model_uuid` of its MLmodel. All URIs of one model give one digest.
"""

from __future__ import annotations

import hashlib
import itertools
import posixpath
import re
from typing import TYPE_CHECKING

from registrar.uris import (
    DirectoryUri,
    LoggedModelUri,
    canonical_uri,
    file_uri,
    parse_source,
    path_uris,
    scheme_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "digest_of_place",
    "is_reference",
    "logged_model_of_location",
    "place_of",
    "possible_digests",
    "possible_uris",
    "reference_digest",
    "run_of_location",
]

PREFIX = "ref-sha256:"
RUN_FOLDER = re.compile(r".*/(?P<run_id>[0-9a-f]{32})/artifacts(?:/.*)?")
LOGGED_MODEL_FOLDER = re.compile(r".*/models/(?P<model_id>m-[0-9a-f]{32})/artifacts/*")


def reference_digest(
    uri: str, *, run_id: str | None = None, model_id: str | None = None, uuid: str | None = None
) -> str:
    """Return the digest of a model that is registered by reference: `ref-sha256:...`.

    `uuid` is the `model_uuid` of its MLmodel: a model that is overwritten in place has another one.
    """
    lines = (canonical_uri(uri), run_id or "", model_id or "", uuid or "")
    return PREFIX + hashlib.sha256("\n".join(lines).encode()).hexdigest()


def digest_of_place(source: str, *, run_id: str | None = None, uuid: str | None = None) -> str:
    """Return the digest of the model that a registry's source names, however it was spelled.

    A logged model is known by its id and run, any other model by the place of its files.
    """
    uri = parse_source(source)
    if isinstance(uri, LoggedModelUri):
        place, model_id = LoggedModelUri.of(uri.model_id).text, uri.model_id
        return reference_digest(place, run_id=run_id, model_id=model_id, uuid=uuid)
    return reference_digest(place_of(source), uuid=uuid)


def possible_digests(
    uris: Iterable[str], *, run_id: str | None, model_id: str | None, uuid: str | None
) -> frozenset[str]:
    """Return the digests that one of a model's URIs may have given it.

    Each version on a server has the digest of the registrar that made it. Earlier ones counted the
    URI as it was written. Without `verify`, nobody knew the `uuid`.
    """
    places = {place for uri in uris for place in (uri, place_of(uri))}
    ids = itertools.product({run_id, None}, {model_id, None}, {uuid, None})
    identities = itertools.product(places, ids)
    return frozenset(
        reference_digest(place, run_id=run, model_id=model, uuid=text)
        for place, (run, model, text) in identities
    )


def place_of(location: str) -> str:
    """Return the one text that all spellings of a place have, a path and its URI among them."""
    uri = parse_source(location)
    if isinstance(uri, DirectoryUri):
        return file_uri(posixpath.normpath(uri.path))
    return canonical_uri(location)


def is_reference(digest: str | None) -> bool:
    """Return whether a digest is that of a reference, rather than of the files."""
    return digest is not None and digest.startswith(PREFIX)


def run_of_location(location: str) -> str | None:
    """Return the id of the run whose artifacts hold `location`, as far as its text tells."""
    match = RUN_FOLDER.fullmatch(location)
    return match["run_id"] if match else None


def logged_model_of_location(location: str) -> str | None:
    """Return the id of the logged model whose files are at `location`, as far as its text tells."""
    match = LOGGED_MODEL_FOLDER.fullmatch(location)
    return match["model_id"] if match else None


def possible_uris(
    source: str,
    run_id: str | None,
    *,
    location: str | None = None,
    model_name: str | None = None,
) -> tuple[str, ...]:
    """Return the URIs by which a registered version may have been declared, the plainest first.

    `source` is what the registry holds, `location` where the files are, and `model_name` the name
    of the logged model that the source names.
    """
    uris: list[str] = []
    if run_id is not None:
        for place in (source, location or ""):
            _, folder, path = place.partition(f"/{run_id}/artifacts")
            if folder and path[:1] in {"", "/"}:
                uris.append(f"runs:/{run_id}/{path.strip('/')}")
        if model_name is not None:
            uris.append(f"runs:/{run_id}/{model_name}")
    uris.append(canonical_uri(source))
    if not scheme_of(source):
        uris += path_uris(source)
    return tuple(dict.fromkeys(uris))
