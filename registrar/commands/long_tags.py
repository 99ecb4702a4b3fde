"""Refuse the tags that are too long for the server, before anything is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from registrar.changes.tag_limits import find_long_tags, is_old_server
from registrar.changes.tags import is_own_tag
from registrar.config.spec import list_entries
from registrar.errors import ConfigError, Problem, RefusedError
from registrar.state import MANAGED_TAG, METRICS_TAG, PROTECTED_TAG, PROVENANCE_TAG
from registrar.text import quote

if TYPE_CHECKING:
    from collections.abc import Sequence

    from registrar.changes.plan import Plan
    from registrar.changes.tag_limits import LongTag
    from registrar.config.job import Job
    from registrar.state import Server
    from registrar.text import KeyPath

__all__ = ["refuse_long_declared_tags", "refuse_long_promoted_tags"]


def refuse_long_declared_tags(jobs: Sequence[Job], plan: Plan) -> None:
    """Raise ConfigError with every tag that the server does not take, each at its place in a file.

    `jobs` are those of the plan's models.
    """
    problems = []
    for job, model in zip(jobs, plan.models, strict=True):
        entries = list_entries(job.config["model"])
        for tag in find_long_tags(model, plan.server):
            path, problem = _explain(
                tag, () if tag.entry is None else entries[tag.entry][0], plan.server
            )
            problems.append(job.locate(("model", *path), problem))
    ConfigError.raise_for(problems)


def refuse_long_promoted_tags(plan: Plan) -> None:
    """Raise RefusedError with every tag that the server does not take; no file declares them."""
    problems = []
    for model in plan.models:
        for tag in find_long_tags(model, plan.server):
            whose = f"{model.name}: the tag {quote(tag.key)}"
            message = f"{whose} has {tag.length} characters; {_tell_limit(tag, plan.server)}"
            problems.append(Problem("too-long", message, _advise("Shorten it", tag, plan.server)))
    RefusedError.raise_for(problems)


def _explain(tag: LongTag, entry: KeyPath, server: Server) -> tuple[KeyPath, Problem]:
    """Return what is wrong with a tag, and the path of what makes it so long, below the model."""
    field: KeyPath
    if not is_own_tag(tag.key):
        field = ("registered_model", "tags") if tag.entry is None else (*entry, "metadata")
        path, message, hint = (*field, tag.key), f"has {tag.length} characters", "Shorten it"
    elif tag.key == METRICS_TAG:
        path, hint = (*entry, "metrics"), "Declare fewer metrics"
        message = f"has {tag.length} characters in the tag {tag.key}"
    elif tag.key == PROTECTED_TAG:
        path, hint = ("registered_model", "protected_aliases"), "Protect fewer aliases"
        message = f"makes a list of {tag.length} characters"
    elif tag.key in {MANAGED_TAG, PROVENANCE_TAG} and tag.entry is not None:
        path, hint = (*entry, "metadata"), "Use fewer or shorter keys"
        message = f"has keys that make a list of {tag.length} characters"
    elif tag.key == MANAGED_TAG:
        path, hint = ("name",), "Use fewer or shorter names"
        message = f"its aliases and the keys of its tags make a list of {tag.length} characters"
    else:
        path, hint = (*entry, "uri"), "Use fewer or shorter names"
        message = f"needs {tag.length} characters in the tag {tag.key}"
    limit = _tell_limit(tag, server)
    return path, Problem("too-long", f"{message}; {limit}", _advise(hint, tag, server))


def _tell_limit(tag: LongTag, server: Server) -> str:
    if _is_of_old_server(tag, server):
        return f"the server runs MLflow {server.version}, which takes {tag.limit}"
    return f"the registry takes {tag.limit}"


def _advise(hint: str, tag: LongTag, server: Server) -> str:
    if _is_of_old_server(tag, server):
        return f"{hint}, or upgrade the server to MLflow 3."
    return f"{hint}."


def _is_of_old_server(tag: LongTag, server: Server) -> bool:
    """Return whether a newer server takes more; the limit for tags of models has not changed."""
    return tag.entry is not None and is_old_server(server) is True
