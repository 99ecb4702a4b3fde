"""The MLflow Model Registry as code."""

# First of all, and without `from __future__`, which is a module, too: see there.
from registrar.import_path import forget_working_directory, is_run_as_module

if is_run_as_module():
    forget_working_directory()

# isort: split
from typing import TYPE_CHECKING

from registrar.version import __version__

if TYPE_CHECKING:
    from registrar.api import apply, evidence, get, load, plan, register, uri, validate
    from registrar.api_changes import delete, promote
    from registrar.api_commands import catalogue, dump, history, show, verify
    from registrar.changes.changes import Change
    from registrar.changes.plan import ModelPlan, Plan
    from registrar.errors import (
        AccessDeniedError,
        AlreadyExistsError,
        ConfigError,
        IncompleteError,
        InterruptedRunError,
        InvalidRequestError,
        NotFoundError,
        OutcomeUnknownError,
        Problem,
        RefusedError,
        RegistrarError,
        ReplyTimeoutError,
        ServerError,
        UnreachableError,
    )
    from registrar.registration import Registration, Result
    from registrar.report import Outcome

__all__ = [
    "AccessDeniedError",
    "AlreadyExistsError",
    "Change",
    "ConfigError",
    "IncompleteError",
    "InterruptedRunError",
    "InvalidRequestError",
    "ModelPlan",
    "NotFoundError",
    "Outcome",
    "OutcomeUnknownError",
    "Plan",
    "Problem",
    "RefusedError",
    "RegistrarError",
    "Registration",
    "ReplyTimeoutError",
    "Result",
    "ServerError",
    "UnreachableError",
    "__version__",
    "apply",
    "catalogue",
    "delete",
    "dump",
    "evidence",
    "get",
    "history",
    "load",
    "plan",
    "promote",
    "register",
    "show",
    "uri",
    "validate",
    "verify",
]

# `import registrar` loads none of these modules: each is loaded when a name of it is first used.
# Public name -> module; a name that is not here is in `errors`.
_MODULES = {
    **dict.fromkeys(
        ("apply", "evidence", "get", "load", "plan", "register", "uri", "validate"), "api"
    ),
    **dict.fromkeys(("catalogue", "dump", "history", "show", "verify"), "api_commands"),
    **dict.fromkeys(("delete", "promote"), "api_changes"),
    **dict.fromkeys(("Registration", "Result"), "registration"),
    "Change": "changes.changes",
    **dict.fromkeys(("ModelPlan", "Plan"), "changes.plan"),
    "Outcome": "report",
}


def __getattr__(name: str) -> object:
    """Return a public name, from the module that has it."""
    if name not in __all__:
        message = f"module 'registrar' has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module

    value: object = getattr(import_module(f"registrar.{_MODULES.get(name, 'errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return __all__
