"""The Python API: what the command line does, with values in place of files and printed text.

Each function connects, works and disconnects. Nothing is printed, nothing exits, and MLflow's
process-wide settings are as before. Failures are raised as `registrar.RegistrarError`.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from registrar.api_calls import ANY_URI, list_names, one_call, run
from registrar.commands.selection import ExactNames, Filters, find_version, select_models
from registrar.config.mapping import job_from_mapping
from registrar.config.validation import validate_jobs
from registrar.errors import NotFoundError
from registrar.registration import registration_from
from registrar.registry import connect
from registrar.registry.load import load_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from os import PathLike

    from registrar.api_calls import Address
    from registrar.registration import Registration, Result
    from registrar.registry import Backend, Registry

__all__ = [
    "apply",
    "evidence",
    "get",
    "load",
    "plan",
    "register",
    "uri",
    "validate",
]

REGISTER_HINTS = {
    "protected-alias": "Allow it with the argument allow_protected.",
    "gate-failed": "Allow it with the argument allow_gates if it is meant.",
    "rule-broken": "Correct it, or give the name of the rule to the argument waive.",
    "not-confirmed": "Nobody is asked here: give the server without confirm.",
    "other-owner": "Say owner=... if the model is yours; registrar.apply can take it over.",
}


def register(
    name: str,
    uri: str | None = None,
    *,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | str | PathLike[str] | None = None,
    aliases: str | Sequence[str] = (),
    registered_model: Mapping[str, Any] | None = None,
    owner: str | None = None,
    gates: Mapping[str, Any] | None = None,
    policy: Mapping[str, Any] | None = None,
    allow_protected: str | Sequence[str] = (),
    allow_gates: str | Sequence[str] = (),
    waive: str | Sequence[str] = (),
    server: Address = None,
) -> Registration:
    """Register a model under `name`, once, and return its version.

    A second call with the same model writes nothing. A call adds and moves what it names, and never
    removes anything: only a configuration does (`registrar.apply`, a file).

    Args:
        name: The registered model.
        uri: Where the model is, in any form of the configuration's `uri`. Without it, the model is
            the one that the active run has logged, or else the last run of this thread.
        description: The description of the version.
        metadata: Tags of the version. Scalars of NumPy and similar libraries count as numbers.
        metrics: Numbers that the model was measured with: `{"accuracy": 0.969}`, or with their data
            `{"accuracy": {"value": 0.969, "dataset": "test"}}`; or a JSON file of numbers. What a
            logged model or its run has of them need not be given.
        aliases: Aliases that point to the version: a list, or one alias.
        registered_model: `description`, `tags` and `protected_aliases` of the registered model. What
            the server protects stays protected.
        owner: Who manages the model. A model that has another owner is refused, and so is a call
            without one.
        gates: What the version has to show before an alias is set on it or moves to it, by alias,
            as in a file: `{"champion": {"metrics": {"accuracy": {"min_change": 0}}}}`.
        policy: Rules that the version has to keep, by name, as in `configs/policy/NAME.yaml`.
        allow_protected: Protected aliases that this call may move.
        allow_gates: Aliases that this call may set or move although their gates fail.
        waive: Rules that this call may break.
        server: A tracking URI, or a mapping as in `configs/server/NAME.yaml`. Without it, the
            server is the one that this process tracks to: `mlflow.set_tracking_uri`,
            MLFLOW_TRACKING_URI, else `sqlite:///mlflow.db`.

    A version that this call creates also gets tags that say where it comes from, where `metadata`
    has no such key: run_id, run_link, git_commit, git_dirty, hydra_job, hydra_overrides,
    pipeline_name, step_name, pipeline_run, ci and ci_run. They are written when the version is
    created. Later calls neither change nor compare them.

    Raises:
        ConfigError: An argument is wrong, or the run has logged no model, several models, or an
            unfinished one. Nothing was registered.
        ServerError: The server cannot be reached, or refuses the credentials.
        RefusedError: A guard, or the server, does not allow it.
        IncompleteError: It stopped midway; `error.report` says where. The same call finishes it.

    """
    model: dict[str, Any] = {"name": name}
    fields = {
        "uri": uri,
        "description": description,
        "metadata": metadata,
        "metrics": metrics,
        "aliases": list_names(aliases) or None,
        "registered_model": registered_model,
        "owner": owner,
        "gates": gates,
    }
    model |= {key: value for key, value in fields.items() if value is not None}
    # Late, because it loads urllib3 (60 ms), which `validate` does not need.
    from registrar.commands.register import register_one, resolve_uri

    with one_call("apply", REGISTER_HINTS):
        permissions = {
            "allow_protected": list_names(allow_protected),
            "allow_gates": list_names(allow_gates),
            "waive": list_names(waive),
        }
        beside = {"apply": permissions, **({} if policy is None else {"policy": policy})}
        job = job_from_mapping(model, "apply", server, beside=beside)
        return register_one(resolve_uri(job))


def plan(config: Mapping[str, Any]) -> Result:
    """Return what `apply` would do; write nothing.

    Args:
        config: A mapping or a DictConfig in the language of `configs/model/NAME.yaml`: either the
            model alone, or a whole composed configuration (`model`, `server`, `policy`, `apply`).

    Raises:
        RegistrarError: As for `apply`.

    """
    return run(config, "plan")


def apply(config: Mapping[str, Any]) -> Result:
    """Make the registry match the configuration, as `registrar apply` does.

    Args:
        config: As for `plan`.

    Raises:
        ConfigError: The configuration is wrong; the error lists all problems. Nothing was written.
        ServerError: The server cannot be reached, or refuses the credentials.
        RefusedError: A guard, a checksum, or the server does not allow it.
        IncompleteError: It stopped midway; `error.report` says where. The same call finishes it.

    """
    return run(config, "apply")


def evidence(config: Mapping[str, Any]) -> Result:
    """Tell what is known of each declared version, as the rules of a policy see it; write nothing.

    The documents are `result.to_dict()["evidence"]`.

    Args:
        config: As for `plan`.

    Raises:
        ConfigError: The configuration is wrong, or a source cannot be found.
        RefusedError: The model cannot be managed.
        ServerError: The server cannot be reached, or refuses the credentials.

    """
    return run(config, "evidence")


def validate(config: Mapping[str, Any]) -> Result:
    """Check the configuration. Contact no server, and do not import MLflow.

    Args:
        config: As for `plan`.

    Raises:
        ConfigError: The configuration is wrong; the error lists all problems.
        RefusedError: It breaks a rule of its `policy`.

    """
    return run(config, "validate")


def get(name: str, version: int | str, *, server: Address = None) -> Registration:
    """Return a version as it is on the server.

    Args:
        name: The registered model.
        version: A number, or an alias (`"champion"`, `"@champion"`).
        server: A tracking URI, or a mapping as in `configs/server/NAME.yaml`. Without it, the
            server is that of the command line: MLFLOW_TRACKING_URI, else `sqlite:///mlflow.db`.

    Raises:
        NotFoundError: There is no such model, version or alias.
        ConfigError: The name or the server is not valid.
        ServerError: The server cannot be reached, or refuses the credentials.

    """
    with _open_server(name, server) as backend:
        return _get_version(backend.registry, name, version)


def uri(name: str, version: int | str, *, server: Address = None) -> str:
    """Return `models:/NAME/VERSION` of a version that exists, or that an alias points to now.

    The arguments and exceptions are those of `get`.
    """
    return get(name, version, server=server).uri


def load(
    name: str,
    version: int | str,
    *,
    flavor: str = "pyfunc",
    server: Address = None,
    **options: Any,
) -> Any:
    """Load a model into memory, and return it.

    Args:
        name: The registered model.
        version: A number, or an alias.
        flavor: "pyfunc"; "native" for an object of the model's own library; or the name of a
            flavor, such as "sklearn".
        server: As for `get`.
        options: Arguments for `load_model` of that flavor.

    Raises:
        NotFoundError: There is no such model, version or alias.
        ConfigError: This environment cannot load it.
        ServerError: The server cannot be reached, or refuses the credentials.

    """
    with _open_server(name, server) as backend:
        number = _get_version(backend.registry, name, version).version
        return load_model(backend, name, number, flavor, **options)


@contextlib.contextmanager
def _open_server(name: str, server: Address) -> Iterator[Backend]:
    """Connect to a registry to read one model. Raises ConfigError for a wrong name or server."""
    with one_call("get"):
        job = job_from_mapping({"name": name, "uri": ANY_URI}, "plan", server)
        validate_jobs([job])
        with connect(job.config["server"], writes=False) as backend:
            yield backend


def _get_version(registry: Registry, name: str, version: int | str) -> Registration:
    """Return a version by its number, or by an alias with or without `@`. Raises NotFoundError."""
    text = str(version)
    is_number = text.isdecimal()
    alias = None if is_number else text.removeprefix("@")
    registry_uri = registry.server.registry_uri
    try:
        observed = registry.get_version(name, text if is_number else f"@{alias}")
    except NotFoundError:  # say what exists instead
        (model,) = select_models(registry, ExactNames((name,)))
        filters = Filters(version=int(text) if is_number else None, alias=alias)
        observed = find_version(model, filters, registry_uri)
    return registration_from(name, observed, registry.get_aliases(name), registry_uri)
