"""Versions whose source is gone or cannot be read: found by what the registry holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import assert_never

from registrar.changes.lineage import is_copy_of
from registrar.references import logged_model_of_location, place_of, run_of_location
from registrar.uris import (
    DirectoryUri,
    LoggedModelUri,
    RunUri,
    StoreUri,
    VersionUri,
    parse_source,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.state import Existing, ObservedVersion
    from registrar.uris import Uri

__all__ = ["find_by_place"]


def find_by_place(
    existing: Existing, uri: Uri, versions: Sequence[ObservedVersion]
) -> ObservedVersion | None:
    """Return the version that was registered from the place that `uri` named, or None.

    `existing` knows which logged models the URI may have named. Of several versions from one place,
    the one with the latest content is returned; None where they come from several places.
    """
    if existing.registry is not None:
        same = [version for version in versions if is_copy_of(uri, existing.registry, version)]
        return _choose_last(same)
    same = [version for version in versions if _came_from(uri, existing, version)]
    folders = [version for version in same if _model_of(version) is None]
    same = folders if isinstance(uri, RunUri) and folders else same
    if len({place_of(version.source) for version in same}) != 1:
        return None
    return _choose_last(same)


def _choose_last(same: Sequence[ObservedVersion]) -> ObservedVersion | None:
    """Return the lowest version with the latest content of a place; None if there is no version."""
    if not same:
        return None
    last = max(same, key=lambda version: version.number)
    if last.digest is None:
        return last
    return min((v for v in same if v.digest == last.digest), key=lambda version: version.number)


def _came_from(uri: Uri, existing: Existing, version: ObservedVersion) -> bool:
    source, model_id = parse_source(version.source), _model_of(version)
    match uri:
        case RunUri():
            return _came_from_run(uri, existing, model_id, version)
        case LoggedModelUri():
            return model_id == uri.model_id
        case VersionUri():
            if not isinstance(source, VersionUri) or source.name != uri.name:
                return False
            has_content = (version.digest or "").startswith(uri.digest or "")
            return uri.version in {None, source.version} and has_content
        case DirectoryUri() | StoreUri():
            if model_id is not None and model_id == logged_model_of_location(uri.text):
                return True
            return place_of(version.source) == place_of(uri.text)
        case _:
            assert_never(uri)


def _model_of(version: ObservedVersion) -> str | None:
    """Return the id of the logged model that a version is, if it is one."""
    source = parse_source(version.source)
    if isinstance(source, LoggedModelUri):
        return source.model_id
    return logged_model_of_location(version.source)


def _came_from_run(
    uri: RunUri, existing: Existing, model_id: str | None, version: ObservedVersion
) -> bool:
    if model_id is not None and model_id in existing.models:
        return True
    if (version.run_id or run_of_location(version.source)) != uri.run_id:
        return False
    if model_id is not None:  # its name is not part of what a registry holds
        return not existing.models and model_id not in existing.others and uri.path != ""
    folder = f"/artifacts/{uri.path}".rstrip("/")
    return place_of(version.source) == uri.canonical or place_of(version.source).endswith(folder)
