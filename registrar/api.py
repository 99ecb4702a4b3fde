"""The Python API: what the command line does, with values in place of files and printed text.

Each function connects, works and disconnects. Nothing is printed, nothing exits, and MLflow's
process-wide settings are as before. Failures are raised as `registrar.RegistrarError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from registrar.config.mapping import given
from registrar.engine import (
    carried_out,
    checked,
    located,
    looked_up,
    reading,
    registered,
    reporting,
)
from registrar.registration import Registration, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["apply", "get", "load", "plan", "register", "uri", "validate"]

Address: TypeAlias = str | Mapping[str, Any] | None


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
    with reporting("apply"):
        return registered(located(given(model, "apply", server)))


def plan(config: Mapping[str, Any]) -> Result:
    """What `apply` would do is known; nothing is written.

    Args:
        config: The language of `configs/model/NAME.yaml`: the model alone, or a whole composed
            configuration (`model`, `server`, `apply`); a mapping or a DictConfig.

    Raises:
        RegistrarError: As `apply`.

    """
    return carried_out(config, "plan")


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
    return carried_out(config, "apply")


def validate(config: Mapping[str, Any]) -> Result:
    """The configuration is valid. No server is contacted, MLflow is not imported.

    Args:
        config: As for `plan`.

    Raises:
        ConfigError: With all problems of the configuration.

    """
    with reporting("validate"):
        job = given(config, "validate")
        checked(job)
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
    with reading(name, server) as registry:
        return looked_up(registry, name, version)


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
        ConfigError: This environment can not load it.
        ServerError: The server cannot be reached, or refuses the credentials.

    """
    from registrar.registry.load import load_model

    with reading(name, server) as registry:
        uri = looked_up(registry, name, version).uri
        registry.use_mlflow()
        return load_model(uri, flavor, **options)
