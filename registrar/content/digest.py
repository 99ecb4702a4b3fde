"""The digest of a model's content, and the manifest of files that it is made of."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from registrar import progress
from registrar.content.directory import list_files
from registrar.errors import ConfigError, Problem
from registrar.threads import open_pool

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from registrar.state import File

__all__ = [
    "THREADS",
    "WRITTEN_BY_LOADING",
    "Difference",
    "Manifest",
    "hash_directory",
    "hash_file",
    "hash_files",
]

BLOCK_BYTES = 1 << 20
THREADS = min(8, os.cpu_count() or 1)  # for one directory; hashing frees the interpreter
SHA256_LENGTH = 64
# MLflow writes this file into a local store whenever a model is loaded by its registered name.
WRITTEN_BY_LOADING = "registered_model_meta"


@dataclass(frozen=True, slots=True)
class Difference:
    """The paths of files that differ from a manifest."""

    changed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    added: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files of a model: relative path -> SHA-256 in hex, in the byte order of the paths."""

    files: Mapping[str, str]

    @classmethod
    def parse(cls, text: str) -> Manifest:
        """Read the lines that `text` writes."""
        lines = (line for line in text.split("\n") if line)
        return cls({line[SHA256_LENGTH + 2 :]: line[:SHA256_LENGTH] for line in lines})

    @property
    def text(self) -> str:
        """A line for each file, as `sha256sum` prints it: the digest, two spaces, the path."""
        return "".join(f"{sha256}  {path}\n" for path, sha256 in self.files.items())

    @property
    def digest(self) -> str:
        """The content digest: `sha256:` and the SHA-256 of the text."""
        content = self.text.encode("utf-8", "surrogatepass")  # a server may give any text
        return f"sha256:{hashlib.sha256(content).hexdigest()}"

    def restrict_to(self, digest: str) -> Manifest | None:
        """Return the files that `digest` is made of, None if these files have another digest.

        A file that MLflow adds when it loads a model is left out if the digest is without it.
        """
        without = Manifest({p: d for p, d in self.files.items() if p != WRITTEN_BY_LOADING})
        return next((files for files in (self, without) if files.digest == digest), None)

    def select(self, files: Iterable[File]) -> tuple[File, ...]:
        """Return those of the files that the manifest has, each with its SHA-256."""
        return tuple(
            replace(file, sha256=self.files[file.relative])
            for file in files
            if file.relative in self.files
        )

    def compare(self, found: Manifest) -> Difference:
        """Return how `found` differs; a file that loading a model adds does not count."""
        return Difference(
            changed=tuple(
                path
                for path, digest in self.files.items()
                if found.files.get(path, digest) != digest
            ),
            missing=tuple(path for path in self.files if path not in found.files),
            added=tuple(
                path
                for path in found.files
                if path not in self.files and path != WRITTEN_BY_LOADING
            ),
        )


def hash_directory(folder: Path) -> Manifest:
    """Return the manifest of a directory. Raises ConfigError as `list_files` and `hash_files`.

    Its text is what the line for coreutils in docs/configuration.md hashes.
    """
    return hash_files(list_files(folder))


def hash_files(files: Iterable[File]) -> Manifest:
    """Return the manifest of files, which are in the byte order of their paths.

    Memory: a line for each file, and a block for each thread. Raises ConfigError for a file that
    cannot be read.
    """
    listed = list(files)
    progress.grow("hashing", sum(file.size for file in listed))
    with open_pool(THREADS) as pool:
        digests = pool.map(_hash_readable, listed)
        return Manifest({f.relative: sha for f, sha in zip(listed, digests, strict=True)})


def hash_file(path: Path) -> str:
    """Return the SHA-256 of a file, in hex. Raises OSError."""
    digest = hashlib.sha256()
    buffer = memoryview(bytearray(BLOCK_BYTES))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            digest.update(buffer[:count])
            progress.advance("hashing", count)
    return digest.hexdigest()


def _hash_readable(file: File) -> str:
    try:
        return hash_file(Path(file.path))
    except OSError as error:
        message = f"cannot read {file.path}: {error.strerror}"
        hint = "Check that nobody is writing the model."
        raise ConfigError(Problem("unreadable-file", message, hint)) from None
