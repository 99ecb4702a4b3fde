"""What an upload says of its files, in tags beside them."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from registrar.registry.protocol import UploadRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MLMODEL_TAG", "make_manifest_tags", "read_record"]

# A manifest goes into tags of this many characters, which any version of MLflow keeps whole.
MANIFEST_TAG = "registrar_manifest"
MANIFEST_PART = 5000
MANIFEST_PARTS = 100
MLMODEL_TAG = "registrar_mlmodel"


def make_manifest_tags(manifest: str) -> dict[str, str]:
    """Return the tags that hold a manifest; none for one of very many files."""
    starts = range(0, len(manifest), MANIFEST_PART)
    tags = {f"{MANIFEST_TAG}_{n}": manifest[i : i + MANIFEST_PART] for n, i in enumerate(starts)}
    return tags if len(tags) <= MANIFEST_PARTS else {}


def read_record(tags: Mapping[str, str]) -> UploadRecord | None:
    """Return the record in the tags of a logged model or of a run; None where there is none."""
    parts = (tags.get(f"{MANIFEST_TAG}_{number}", "") for number in range(MANIFEST_PARTS))
    manifest = "".join(itertools.takewhile(bool, parts))
    return UploadRecord(manifest, tags.get(MLMODEL_TAG)) if manifest else None
