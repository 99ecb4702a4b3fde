"""`delete`: delete a version, a model, or the models that no file declares any more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from registrar import questions
from registrar.commands.delete_uploads import find_uploads, uploaded_sources
from registrar.commands.failures import explain_final_stop
from registrar.commands.selection import (
    ExactNames,
    Filters,
    find_version,
    observe_exactly,
    select_models,
    single_name,
)
from registrar.commands.undeclared_models import find_undeclared
from registrar.config.spec import owner_of
from registrar.errors import (
    IncompleteError,
    InterruptedRunError,
    InvalidRequestError,
    NotFoundError,
    Problem,
    RefusedError,
    RegistrarError,
    ServerError,
)
from registrar.policy.limits import Limits, mass_deletion_problems
from registrar.policy.protection import deletion_problems, owner_problems
from registrar.registry import connect
from registrar.report import Report
from registrar.report.results import Deleted, Deletion
from registrar.state import Note
from registrar.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from registrar.commands.delete_uploads import Uploads
    from registrar.commands.undeclared_models import Undeclared
    from registrar.config.job import Job
    from registrar.execution.interrupt import Interrupt
    from registrar.registry import Backend, Registry
    from registrar.state import ObservedModel, ObservedVersion

__all__ = ["run"]

INTERRUPTED = "interrupted: some models were deleted, and others were not"
MAX_NAMED = 5  # uploads in one note
MODELS_PER_LOOK = 25  # that are read again at a time: with passwords, a request can take a second


@dataclass(frozen=True, slots=True)
class _Target:
    """A model to delete with all its versions; with a `number`, only that version of the model."""

    model: ObservedModel
    number: int | None

    @property
    def versions(self) -> tuple[ObservedVersion, ...]:
        return tuple(v for v in self.model.versions if self.number in {None, v.number})

    @property
    def result(self) -> Deleted:
        count = len(self.versions)
        return Deleted(self.model.name, self.number, count, deleted=False, events=self.events)

    @property
    def events(self) -> int:
        """How many recorded moves of aliases go with it."""
        return sum(len(version.events) for version in self.versions)


def run(jobs: Sequence[Job], interrupt: Interrupt) -> Report:
    """Delete the version, or the model with all its versions, or the models that no file declares.

    Raises NotFoundError, and RefusedError where an alias points to it, another owner manages it, or
    nobody confirms. Without `delete.yes` undeclared models are only listed.
    """
    config = jobs[0].config
    node = config["delete"]
    owner = str(owner_of(config)) if node.get("undeclared") else None
    with connect(config["server"], writes=False, stop=interrupt.is_pending) as backend:
        server = backend.registry.server
        targets = _find(jobs, owner, backend.registry)
        RefusedError.raise_for(_refusals(targets, config))
        if owner is not None and not (node.get("yes") and targets):
            result = Deletion(server, tuple(t.result for t in targets), owner=owner)
            return Report("delete", payload=result, notes=(*backend.notes, *jobs[0].notes))
        uploads = None
        if node.get("files"):
            versions = [(t.model.name, version) for t in targets for version in t.versions]
            uploads = find_uploads(backend, versions, config.get("parallelism", 8))
        if not node.get("yes"):
            _confirm(targets[0], server.registry_uri, uploads)
        interrupt.hold()
        result = Deletion(server, owner=owner)
        return _delete(targets, config, backend, result, interrupt, uploads=uploads)


def _find(jobs: Sequence[Job], owner: str | None, registry: Registry) -> list[_Target]:
    """Return what is to be deleted. Raises NotFoundError, and RefusedError for a prompt."""
    if owner is not None:
        undeclared = find_undeclared(jobs, owner, registry)
        RefusedError.raise_for(_mass_refusals(undeclared, jobs[0].config))
        names = undeclared.names
        found = registry.observe(names) if names else {}
        return [_Target(found[name], None) for name in names if name in found]
    name, filters = single_name(jobs, "delete"), Filters.parse(jobs[0].config["delete"])
    model = observe_exactly(registry, [name]).get(name)
    if model is not None and model.is_prompt:
        message = f"'{name}' is the name of a prompt on this server"
        hint = "registrar does not manage prompts."
        raise RefusedError(Problem("name-of-a-prompt", message, hint))
    if model is None:
        (model,) = select_models(registry, ExactNames((name,)))
    if filters.is_single:
        find_version(model, filters, registry.server.registry_uri)
    return [_Target(model, filters.version)]


def _refusals(targets: Sequence[_Target], config: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield each reason why a version, or a model, must not be deleted."""
    # With `undeclared`, the chosen models are those that stay.
    declared = {} if config["delete"].get("undeclared") else config.get("model", {})
    permissions = config.get("apply", {})
    for target in targets:
        model, number = target.model, target.number
        if not permissions.get("allow_takeover", False):
            yield from owner_problems(model, owner_of(config))
        yield from deletion_problems(
            model,
            number,
            declared=declared.get("registered_model", {}).get("protected_aliases", ()),
            allow_protected=permissions.get("allow_protected", ()),
        )
        aliases = sorted(alias for alias, at in model.aliases.items() if number in {None, at})
        if aliases and not config["delete"].get("force"):
            listed = ", ".join(f"{alias} -> {model.aliases[alias]}" for alias in aliases)
            yield Problem(
                "alias-in-use",
                f"{model.name}: aliases point to what would be deleted: {listed}",
                "Move them first, or delete them as well with force=true.",
            )


def _mass_refusals(undeclared: Undeclared, config: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield the problem of a deletion of too many models at once; a list of them is no deletion."""
    if config["delete"].get("yes") and not config.get("apply", {}).get("allow_mass"):
        limits = Limits.parse(config.get("limits", {}))
        yield from mass_deletion_problems(len(undeclared.names), undeclared.owned, limits)


def _confirm(target: _Target, registry_uri: str, uploads: Uploads | None) -> None:
    """Ask a person at a terminal. Raises RefusedError without a terminal, or without a yes."""
    count = len(target.versions)
    whole = f"the model with {plural(count, 'version')}" if count else "the model"
    what = f"version {target.number}" if target.number else whole
    events = f", with {plural(target.events, 'recorded move')} of aliases" if target.events else ""
    message = f"{target.model.name}: {what} would be deleted from {registry_uri}, for good{events}"
    kept = "The uploaded files stay, unless files=true. "
    if uploads is not None:
        files = plural(len(uploads.stored), "upload")
        kept = f"With them {files} would be deleted, unless another version needs the files. "
        kept = kept if uploads.stored else ""
    elif not uploaded_sources(target.versions):
        kept = ""
    is_sure = questions.ask(f"{message}. {kept}Delete?")
    if is_sure is None:
        hint = f"{kept}Confirm it with yes=true."
        raise RefusedError(Problem("not-confirmed", message, hint))
    if not is_sure:
        raise RefusedError(Problem("not-confirmed", "not confirmed: nothing was deleted"))


def _delete(
    targets: Sequence[_Target],
    config: Mapping[str, Any],
    backend: Backend,
    result: Deletion,
    interrupt: Interrupt,
    *,
    uploads: Uploads | None,
) -> Report:
    """Delete the targets, then the uploads that nobody else uses; return what was done."""
    error: RegistrarError | None = None
    done: list[Deleted] = []
    now: Mapping[str, ObservedModel] = {}
    for index, target in enumerate(targets):
        if error is None:
            try:
                with interrupt.release():  # nothing is written meanwhile
                    if index % MODELS_PER_LOOK == 0:
                        part = targets[index : index + MODELS_PER_LOOK]
                        now = backend.registry.observe([t.model.name for t in part])
                _refuse_changed(target, now.get(target.model.name), config)
                _delete_one(target, backend.registry)
            except KeyboardInterrupt:
                if not done:
                    raise
                error = InterruptedRunError(INTERRUPTED)
            except (ServerError, RefusedError) as failure:
                if not done:
                    raise
                error = _explain_rest(failure)
        done.append(replace(target.result, deleted=error is None))
    result = replace(result, models=tuple(done))
    notes = [
        *backend.notes,
        *(
            Note("events-gone", model.name, {"count": model.events})
            for model in done
            if model.deleted and model.events
        ),
    ]
    if uploads is None or error is not None:
        gone = [target for target, model in zip(targets, done, strict=True) if model.deleted]
        kept = uploaded_sources(version for target in gone for version in target.versions)
        notes += _stay_notes(kept)
    else:
        try:
            discarded, used = uploads.discard_unused(backend)
        except (ServerError, InvalidRequestError, NotFoundError) as failure:
            error = failure
            notes += _stay_notes([stored.source for stored in uploads.stored])
        else:
            result = replace(result, uploads=tuple(discarded), kept=tuple(used))
    code = error.exit_code if error else 0
    return Report("delete", code, payload=result, error=error, notes=tuple(notes))


def _explain_rest(failure: ServerError | RefusedError) -> RegistrarError:
    """Return the error of a failure that some deletions had come before."""
    if failure.is_final:
        return type(failure)(explain_final_stop(can_repeat=True), *failure.problems)
    return IncompleteError(*failure.problems, "run it again to delete the others")


def _refuse_changed(
    target: _Target, model: ObservedModel | None, config: Mapping[str, Any]
) -> None:
    """Raise RefusedError where somebody has changed what is to be deleted since it was read.

    That may be long ago: a person was asked, uploads were looked for, other models were deleted.
    `model` is what it is now; None where somebody else has deleted it.
    """
    if model is None:
        return
    RefusedError.raise_for(_refusals([replace(target, model=model)], config))
    known = {version.number for version in target.model.versions}
    new = [version.number for version in model.versions if version.number not in known]
    if new and target.number is None:
        message = f"{model.name}: version {new[0]} was registered while this command ran"
        raise RefusedError(Problem("stale-change", message, "Look at it, then run it again."))


def _delete_one(target: _Target, registry: Registry) -> None:
    if target.number is None:
        registry.delete_model(target.model.name)
    else:
        registry.delete_version(target.model.name, target.number)


def _stay_notes(sources: Sequence[str]) -> Iterator[Note]:
    """Yield the note on uploads that stay in the artifact store, if there are any."""
    if sources:
        more = f" and {len(sources) - MAX_NAMED} more" if len(sources) > MAX_NAMED else ""
        yield Note("files-stay", values={"uploads": ", ".join(sources[:MAX_NAMED]) + more})
