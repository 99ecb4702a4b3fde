"""Read what the pages of models show: measurements, parameters, and the limits of gates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from registrar.report.html.catalogue import Limit
from registrar.report.html.catalogued_model import catalogue_model
from registrar.threads import run_in_order

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend
    from registrar.registry.version_facts import VersionFacts
    from registrar.report.html.catalogue import CataloguedModel
    from registrar.state import ObservedModel

__all__ = ["catalogue_models"]

VERSIONS = 1000  # read together; a large registry is read in parts, so that not all is in memory
THREADS = 2  # that read while pages are made; a database in this process would gain nothing


def catalogue_models(
    models: Sequence[ObservedModel],
    jobs: Sequence[Job],
    states: Mapping[str, Literal["in sync", "differs"]],
    backend: Backend,
    interrupt: Interrupt,
) -> Iterator[CataloguedModel]:
    """Yield the models with what is known of their versions, which is read for many models at once.

    The limits of gates are those of the configurations that were chosen, else those that the aliases
    were judged by. `states` says of a model whether the registry is as they want it.
    """
    declared = {
        job.config["model"]["name"]: job.config["model"] for job in jobs if "model" in job.config
    }

    def read(part: Sequence[ObservedModel]) -> list[VersionFacts]:
        interrupt.check()
        versions = [version for model in part for version in model.versions]
        return backend.store.read_version_facts(versions)

    parts = _split(models)
    threads = THREADS if backend.is_remote else 1
    for part, read_facts in zip(parts, run_in_order(read, parts, threads, ahead=1), strict=True):
        facts = iter(read_facts)
        for model in part:
            known = _catalogue(model, {v.number: next(facts) for v in model.versions})
            known = replace(known, declared=states.get(model.name))
            if model.name in declared:
                known = replace(known, limits=tuple(_list_limits(declared[model.name])))
            yield known


def _split(models: Sequence[ObservedModel]) -> list[list[ObservedModel]]:
    """Return the models in parts, whose versions are read together."""
    parts: list[list[ObservedModel]] = []
    room = 0
    for model in models:
        if not parts or len(model.versions) > room:
            parts.append([])
            room = VERSIONS
        parts[-1].append(model)
        room -= len(model.versions)
    return parts


def _catalogue(model: ObservedModel, facts: Mapping[int, VersionFacts]) -> CataloguedModel:
    return catalogue_model(
        model,
        {number: known.measurements for number, known in facts.items()},
        {v.run_id: run for v in model.versions if v.run_id and (run := facts[v.number].run)},
        {number: known.files for number, known in facts.items()},
    )


def _list_limits(model: Mapping[str, Any]) -> Iterator[Limit]:
    """Yield the bounds that the gates of a configuration set to the value of a metric."""
    for alias, gate in sorted((model.get("gates") or {}).items()):
        for metric, demands in sorted((gate.get("metrics") or {}).items()):
            least, most = demands.get("min"), demands.get("max")
            if least is not None or most is not None:
                yield Limit(metric, gate.get("dataset"), alias, least, most)
