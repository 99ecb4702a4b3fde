"""Manifests: what a content digest is made of, a line for each file, as `sha256sum` prints it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Difference", "difference", "digest_of", "manifest_line", "parsed", "registered"]

# MLflow writes this beside a model in a local store whenever it is loaded by its registered name.
WRITTEN_BY_LOADING = "registered_model_meta"


@dataclass(frozen=True, slots=True)
class Difference:
    """Paths of files that are not as a manifest says."""

    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """`changed: a, b; missing: c`."""
        kinds = (("changed", self.changed), ("missing", self.missing), ("added", self.added))
        return "; ".join(f"{kind}: {', '.join(paths)}" for kind, paths in kinds if paths)


def manifest_line(path: str, sha256: str) -> str:
    """One line: the hexadecimal digest, two spaces, the path."""
    return f"{sha256}  {path}\n"


def digest_of(manifest: str) -> str:
    """The content digest: `sha256:` of the manifest's bytes."""
    return f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"


def registered(found: Mapping[str, str], digest: str) -> dict[str, str] | None:
    """The files that `digest` was made of, or None: a file that loading adds is left out."""
    own = {path: sha256 for path, sha256 in found.items() if path != WRITTEN_BY_LOADING}
    for files in (dict(found), own):
        if digest_of("".join(manifest_line(*item) for item in files.items())) == digest:
            return files
    return None


def parsed(manifest: str) -> dict[str, str]:
    """Path -> SHA-256 in hex."""
    return {line[66:]: line[:64] for line in manifest.split("\n") if line}


def difference(
    expected: Mapping[str, str], found: Mapping[str, str], *, strict: bool = False
) -> Difference:
    """What `found` has otherwise.

    A file that MLflow itself adds when it loads a model is a difference only when `strict`.
    """
    return Difference(
        changed=tuple(p for p, digest in expected.items() if found.get(p, digest) != digest),
        missing=tuple(path for path in expected if path not in found),
        added=tuple(p for p in found if p not in expected and (strict or p != WRITTEN_BY_LOADING)),
    )
