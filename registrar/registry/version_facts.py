"""What is known of a version besides what its registry holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from registrar.state import RunData
    from registrar.version_evidence import Measurements

__all__ = ["VersionFacts"]


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """What is known of a version besides what its registry holds.

    `run` is what its run logged; None for a run that is gone. `files` are the paths of its files, each
    with its SHA-256 in hex; None where nobody recorded them.
    """

    measurements: Measurements
    run: RunData | None = None
    files: Mapping[str, str] | None = None
