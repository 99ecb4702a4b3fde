"""Look up why versions are new: the server keeps which files an earlier version was made of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from registrar.changes.changes import CreateVersion
from registrar.changes.version_difference import VersionDifference, find_compared_version
from registrar.content.digest import Manifest
from registrar.content.directory import MLMODEL
from registrar.content.lasting_fields import hash_lasting_fields
from registrar.errors import RegistrarError

if TYPE_CHECKING:
    from registrar.changes.plan import ModelPlan, Plan
    from registrar.execution.executor import Executor
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend
    from registrar.registry.protocol import UploadRecord
    from registrar.state import ObservedVersion, Source

__all__ = ["with_version_differences"]


def with_version_differences(plan: Plan, executor: Executor) -> Plan:
    """Return the plan whose new versions say in which files they differ from the newest one.

    It takes one request for each model that gets a new version beside another. Where the server
    does not tell, nothing is said.
    """
    compared: dict[int, ObservedVersion] = {}
    for index, model in enumerate(plan.models):
        version = find_compared_version(model.observed) if _has_new_files(model) else None
        if version is not None:
            compared[index] = version
    indexes, versions = [*compared], [*compared.values()]
    models = [*plan.models]
    for item, record in executor.run_each_here(_read_record, versions):
        version = versions[item]
        old = None if record is None else Manifest.parse(record.manifest)
        if record is not None and old is not None and old.digest == version.digest:
            models[indexes[item]] = _explain(models[indexes[item]], version.number, old, record)
    return replace(plan, models=tuple(models))


def _has_new_files(model: ModelPlan) -> bool:
    return any(
        isinstance(change, CreateVersion) and _is_hashed(change.source) for change in model.changes
    )


def _is_hashed(source: Source) -> bool:
    return bool(source.files) and all(file.sha256 for file in source.files)


def _read_record(
    backend: Backend, interrupt: Interrupt, version: ObservedVersion
) -> UploadRecord | None:
    interrupt.check()
    try:
        return backend.store.get_upload_record(version.source, version.run_id)
    except RegistrarError:  # a reason is not worth a failure
        return None


def _explain(model: ModelPlan, version: int, old: Manifest, record: UploadRecord) -> ModelPlan:
    changes = tuple(
        replace(change, difference=_compare(change.source, version, old, record))
        if isinstance(change, CreateVersion) and _is_hashed(change.source)
        else change
        for change in model.changes
    )
    return replace(model, changes=changes)


def _compare(
    source: Source, version: int, old: Manifest, record: UploadRecord
) -> VersionDifference | None:
    new = {file.relative: file.sha256 for file in source.files}
    same = record.mlmodel is not None and record.mlmodel == hash_lasting_fields(source.files)
    return VersionDifference.compare(version, old.files, new, mlmodel=MLMODEL, is_same_mlmodel=same)
