"""References: models that are registered where they lie, without a copy of their files.

A reference has no content digest. Its digest is over what identifies it: its URI, its run or logged
model, and the `model_uuid` of its MLmodel.
"""

from __future__ import annotations

import hashlib
import re

from registrar.uris import canonical_uri, path_uris, scheme_of

__all__ = ["is_reference", "possible_uris", "reference_digest", "run_of_location"]

PREFIX = "ref-sha256:"
RUN_FOLDER = re.compile(r".*/(?P<run_id>[0-9a-f]{32})/artifacts(?:/.*)?")


def reference_digest(
    uri: str, *, run_id: str | None = None, model_id: str | None = None, uuid: str | None = None
) -> str:
    """Return the digest of a model that is registered where it lies: `ref-sha256:...`.

    `uuid` is the `model_uuid` of its MLmodel: a model that is overwritten in place has another one.
    """
    lines = (canonical_uri(uri), run_id or "", model_id or "", uuid or "")
    return PREFIX + hashlib.sha256("\n".join(lines).encode()).hexdigest()


def is_reference(digest: str | None) -> bool:
    """Return whether a digest is that of a reference, rather than of the files."""
    return digest is not None and digest.startswith(PREFIX)


def run_of_location(location: str) -> str | None:
    """Return the id of the run whose artifacts hold `location`, as far as its text tells."""
    match = RUN_FOLDER.fullmatch(location)
    return match["run_id"] if match else None


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
