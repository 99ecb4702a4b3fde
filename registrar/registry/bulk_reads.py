"""What runs, logged models and uploads tell of many versions, read in pages for all together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.measurements import MetricPlaces
from registrar.content.digest import Manifest
from registrar.registry.measurements import follow_originals, read_measurements
from registrar.registry.tracking_reads import TrackingReader
from registrar.registry.upload_record import read_record
from registrar.registry.version_facts import VersionFacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from registrar.registry.protocol import LoggedModel, Run
    from registrar.state import ObservedVersion

__all__ = ["read_version_facts"]


def read_version_facts(
    tracking: TrackingReader,
    get_version: Callable[[str, int], ObservedVersion],
    versions: Sequence[ObservedVersion],
) -> list[VersionFacts]:
    """Return what is known of each version.

    The files cost no request: the tags of what measurements and runs are read from list them.
    """
    reader = _ModelReader(tracking)
    places = [*follow_originals(map(MetricPlaces.of_version, versions), get_version)]
    measured = read_measurements(reader, get_version, places, None)
    models = reader.find_models(place.model_id for place in places if place.model_id)
    ids = {place.run_id for place in places} | {version.run_id for version in versions}
    runs = reader.find_runs(run_id for run_id in ids if run_id)
    facts = []
    for version, place, measurements in zip(versions, places, measured, strict=True):
        run = runs.get(version.run_id or "")
        files = _find_files(version, place, models, runs)
        facts.append(VersionFacts(measurements, None if run is None else run.data, files))
    return facts


class _ModelReader(TrackingReader):
    """Looks for each logged model once. It is there for one reading: models and runs take much memory."""

    def __init__(self, tracking: TrackingReader) -> None:
        super().__init__(tracking.api, tracking.retry)
        self.tracking = tracking
        self._models: dict[str, LoggedModel | None] = {}

    def list_experiments(self) -> list[str]:
        """Return the ids of all experiments, which are read once for all readings."""
        return self.tracking.list_experiments()

    def find_models(self, model_ids: Iterable[str]) -> dict[str, LoggedModel]:
        """Return those of the logged models that exist, by their ids."""
        wanted = {*model_ids}
        new = wanted - self._models.keys()
        self._models |= {**dict.fromkeys(new), **super().find_models(new)}
        found = {model_id: self._models[model_id] for model_id in sorted(wanted)}
        return {model_id: model for model_id, model in found.items() if model is not None}


def _find_files(
    version: ObservedVersion,
    place: MetricPlaces,
    models: Mapping[str, LoggedModel],
    runs: Mapping[str, Run],
) -> Mapping[str, str] | None:
    """Return the files of which the digest of a version is made; None where nothing lists them.

    Whoever may write tags may have written any list: the digest tells whether it is that of the version.
    """
    if version.digest is None:
        return None
    for found in (models.get(place.model_id or ""), runs.get(place.run_id or "")):
        record = None if found is None else read_record(found.tags)
        manifest = None if record is None else Manifest.parse(record.manifest)
        if manifest is not None and manifest.digest == version.digest:
            return manifest.files
    return None
