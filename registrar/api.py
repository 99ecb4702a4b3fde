"""The Python API: what the command line does, with values in place of files and printed text.

Each function connects, works and disconnects. Nothing is printed, nothing exits, and MLflow's
process-wide settings are as before. Failures are raised as `registrar.RegistrarError`.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from registrar.commands import run_command
from registrar.config.mapping import job_from_mapping
from registrar.config.validation import validate_jobs
from registrar.errors import NotFoundError, Problem, RegistrarError
from registrar.execution.interrupt import Interrupt
from registrar.registration import Registration, Result, raise_error, registration_from
from registrar.registry import connect
from registrar.registry.load import load_model

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from registrar.registry import Registry

__all__ = ["apply", "get", "load", "one_call", "plan", "register", "uri", "validate"]

Address: TypeAlias = str | Mapping[str, Any] | None

ANY_URI = "models:/m-any"  # what is read needs a name and a server; the schema needs a URI as well
_turns = threading.RLock()


def register(
    name: str,
    uri: str | None = None,
    *,
    description: str | None = None,
    metadata: Mapping[str, Any] | None = None,
    aliases: Sequence[str] = (),
    registered_model: Mapping[str, Any] | None = None,
    server: Address = None,
) -> Registration:
    """The model is registered under `name` once, with this description, metadata and aliases.

    Called again with the same model, nothing is written. What is left out stays as it is on the
    server.

    Args:
        name: The registered model.
        uri: Where the model is, in any form of the configuration's `uri`. Left out, it is the model
            that the active run, or else the last run of this thread, has logged.
        description: Of the version.
        metadata: Tags of the version. Scalars of NumPy and its like are taken as numbers.
        aliases: These point to the version afterwards.
        registered_model: `description`, `tags` and `protected_aliases` of the registered model.
        server: A tracking URI, or a mapping as in `configs/server/NAME.yaml`. Left out, it is where
            this process tracks: `mlflow.set_tracking_uri`, MLFLOW_TRACKING_URI, else
            `sqlite:///mlflow.db`.

    A version that this call makes also gets, as tags, what the process knows by itself, where
    `metadata` has no such key: run_id and run_link, git_commit and git_dirty, hydra_job and
    hydra_overrides, pipeline_name, step_name and pipeline_run, ci and ci_run. They are written
    when the version is made, and never afterwards, so they are no reason for a change.

    Raises:
        ConfigError: An argument is wrong, or there is no model, not one alone, or not a finished
            one. Nothing was registered.
        ServerError: The server cannot be reached, or refuses the credentials.
        RefusedError: A guard, or the server, does not allow it.
        IncompleteError: It stopped midway; `error.report` says where. The same call finishes it.

    """
    model: dict[str, Any] = {"name": name}
    fields = {
        "uri": uri,
        "description": description,
        "metadata": metadata,
        "aliases": list(aliases) if not isinstance(aliases, str) and aliases else aliases or None,
        "registered_model": registered_model,
    }
    model |= {key: value for key, value in fields.items() if value is not None}
    # Late: it loads urllib3 (60 ms), which `validate` does without.
    from registrar.commands.register import register_one, resolve_uri

    with one_call("apply"):
        return register_one(resolve_uri(job_from_mapping(model, "apply", server)))


def plan(config: Mapping[str, Any]) -> Result:
    """What `apply` would do is known; nothing is written.

    Args:
        config: The language of `configs/model/NAME.yaml`: the model alone, or a whole composed
            configuration (`model`, `server`, `apply`); a mapping or a DictConfig.

    Raises:
        RegistrarError: As `apply`.

    """
    return _run(config, "plan")


def apply(config: Mapping[str, Any]) -> Result:
    """The registry matches the configuration, as with `registrar apply`.

    Args:
        config: As for `plan`.

    Raises:
        ConfigError: With all problems of the configuration; nothing was contacted or written.
        ServerError: The server cannot be reached, or refuses the credentials.
        RefusedError: A guard, a checksum, or the server does not allow it.
        IncompleteError: It stopped midway; `error.report` says where. The same call finishes it.

    """
    return _run(config, "apply")


def validate(config: Mapping[str, Any]) -> Result:
    """The configuration is valid. No server is contacted, MLflow is not imported.

    Args:
        config: As for `plan`.

    Raises:
        ConfigError: With all problems of the configuration.

    """
    with one_call("validate"):
        job = job_from_mapping(config, "validate")
        validate_jobs([job])
    return Result("validate", configs=(job.name,))


def get(name: str, version: int | str, *, server: Address = None) -> Registration:
    """The version as it is on the server.

    Args:
        name: The registered model.
        version: A number, or an alias (`"champion"`, `"@champion"`).
        server: A tracking URI, or a mapping as in `configs/server/NAME.yaml`. Left out, it is as on
            the command line: MLFLOW_TRACKING_URI, else `sqlite:///mlflow.db`.

    Raises:
        NotFoundError: There is no such model, version or alias.
        ConfigError: The name or the server is not one.
        ServerError: The server cannot be reached, or refuses the credentials.

    """
    with _open_registry(name, server) as registry:
        return _get_version(registry, name, version)


def uri(name: str, version: int | str, *, server: Address = None) -> str:
    """`models:/NAME/VERSION` of a version that exists, or that the alias points to now.

    Args and exceptions are those of `get`.
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
    """The model is in memory.

    Args:
        name: The registered model.
        version: A number, or an alias.
        flavor: "pyfunc"; "native" for the object of the model's own library; or the name of a
            flavor, such as "sklearn".
        server: As for `get`.
        options: Go to `load_model` of that flavor.

    Raises:
        NotFoundError: There is no such model, version or alias.
        ConfigError: This environment cannot load it.
        ServerError: The server cannot be reached, or refuses the credentials.

    """
    with _open_registry(name, server) as registry:
        uri = _get_version(registry, name, version).uri
        registry.use_mlflow()
        return load_model(uri, flavor, **options)


@contextlib.contextmanager
def one_call(command: str) -> Iterator[None]:
    """Wait for the other calls of this process, and give each failure its report.

    MLflow's settings (its server, its timeouts) belong to the process. So calls take turns, and
    each leaves the settings as they were.
    """
    try:
        with _turns:
            yield
    except RegistrarError as error:
        if error.report is None:
            error.report = Result(command, error.exit_code, error=error)
        raise


def _run(config: Mapping[str, Any], command: str) -> Result:
    """Run a command of the command line, and return its result. Raises its error."""
    with one_call(command):
        job = job_from_mapping(config, command)
        validate_jobs([job])
        result = run_command([job], Interrupt())
        raise_error(result)
        return result


@contextlib.contextmanager
def _open_registry(name: str, server: Address) -> Iterator[Registry]:
    """Connect to a registry to read one model. Raises ConfigError for a wrong name or server."""
    with one_call("get"):
        job = job_from_mapping({"name": name, "uri": ANY_URI}, "plan", server)
        validate_jobs([job])
        with connect(job.config["server"], writes=False) as backend:
            yield backend.registry


def _get_version(registry: Registry, name: str, version: int | str) -> Registration:
    """Return a version by its number, or by an alias with or without `@`.

    Raises NotFoundError with the aliases that the model has.
    """
    key = str(version)
    if not key.isdecimal() and not key.startswith("@"):
        key = f"@{key}"
    address = registry.server.registry_uri
    try:
        found = registry.get_version(name, key)
    except NotFoundError:
        aliases = ", ".join(f"@{alias}" for alias in sorted(registry.get_aliases(name)))
        missing = f"no alias '{key[1:]}'" if key.startswith("@") else f"no version {key}"
        hint = f"Its aliases: {aliases}." if aliases else "Check the name and the server."
        message = f"{name} has {missing} on {address}"
        raise NotFoundError(Problem("todo", message, hint)) from None
    return registration_from(name, found, registry.get_aliases(name), address)
