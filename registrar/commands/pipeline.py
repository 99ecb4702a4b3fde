"""`init ci=`: the pipeline of a CI system that plans, applies and checks all models of a repository.

`docs/ci.md` shows the same files.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from registrar.content.yaml_limits import YamlLimitError, read_limited
from registrar.errors import ConfigError, Problem
from registrar.text import nearest, quote
from registrar.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Pipeline", "make_pipeline"]

TEXTS = Path(__file__).parent / "pipelines"
CI_SYSTEMS = {"github": ".github/workflows/models.yml", "gitlab": ".gitlab-ci.yml"}
# A project has one .gitlab-ci.yml, which may be there already; it can include other files.
INCLUDED = ".gitlab/models.yml"
PLACE = "/path/to/registrar"  # in the texts: what pip installs
ACTION = "OWNER/registrar@v0.1.0"  # in the text for the Action: the repository of registrar
GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")
ALL_MODELS, POLICY = "models=all", "{policy-ref:"
DISTRIBUTION = "mlflow-registrar"
PLAIN_PATH = re.compile(r"[\w./-]+")


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A file for a CI system; `text` is "" where the file exists. `advice` says what to do then."""

    path: Path
    text: str
    advice: tuple[str, ...]


def make_pipeline(system: str, config_dir: Path | None) -> Pipeline:
    """Return the pipeline for a CI system, whose commands read `config_dir` where it is given.

    Raises ConfigError for another system, and below the root of a repository: CI systems look for
    the file there.
    """
    if system not in CI_SYSTEMS:
        suggestion = nearest(system, CI_SYSTEMS)
        hint = None if suggestion else f"Known: {', '.join(CI_SYSTEMS)}."
        message = f"ci: no CI system {quote(system)}"
        raise ConfigError(Problem("unknown-value", message, hint, suggestion=suggestion))
    _check_root()
    path, advice = Path(CI_SYSTEMS[system]), []
    if system == "gitlab" and os.path.lexists(path) and not _is_own(path):
        advice.append(f"Add to {path}: include: [{{local: {INCLUDED}}}]")
        path = Path(INCLUDED)
    if os.path.lexists(path):
        return Pipeline(path, "", (f"{path} exists already and was not changed.", *advice))
    origin = _find_origin()
    action = _find_action(origin) if system == "github" else None
    name = system if action is None else "github-action"
    text = (TEXTS / f"{name}.yaml").read_text(encoding="utf-8")
    place = None if origin is None else _find_place(origin)
    if action is not None:
        text = text.replace(ACTION, action)
    elif place is None:
        advice.append(
            f"Replace {PLACE} in the file by the place from which pip installs registrar."
        )
    else:
        text = text.replace(PLACE, place)
    if config_dir is not None:
        folder = _check_plain(config_dir)
        text = text.replace(ALL_MODELS, f"{ALL_MODELS} --config-dir {folder}")
        text = text.replace(POLICY, f"{{args: --config-dir={folder}, policy-ref:")
    summary = "it plans changes, applies what is merged, and checks every night"
    settings = "Its first lines say what to set in the settings of the repository."
    return Pipeline(path, text, (f"Wrote {path}: {summary}.", settings, *advice))


def _is_own(path: Path) -> bool:
    """Return whether a pipeline applies models already."""
    try:
        return path.is_file() and b"registrar apply" in read_limited(path)
    except (OSError, YamlLimitError):
        return False


def _check_root() -> None:
    """Raise ConfigError in a folder below the root of a git repository."""
    current = Path.cwd()
    above = next((f for f in (current, *current.parents) if os.path.lexists(f / ".git")), current)
    if above != current:
        message = "ci: a CI system reads this file only at the root of the repository"
        hint = (
            f"Run registrar init ci=... in {above}, and let its commands run in "
            f"{current.relative_to(above).as_posix()}."
        )
        raise ConfigError(Problem("not-the-root", message, hint))


def _check_plain(folder: Path) -> str:
    """Return a folder as every shell and YAML takes it. Raises ConfigError for another."""
    if not PLAIN_PATH.fullmatch(folder.as_posix()):
        message = f"ci: the name of the folder {quote(str(folder))} has to be quoted in a shell"
        raise ConfigError(Problem("invalid-value", message, "Rename the folder."))
    return folder.as_posix()


def _find_origin() -> Mapping[str, Any] | None:
    """Return where pip has installed registrar from, as it notes it: {} is the package index."""
    try:
        origin = metadata.distribution(DISTRIBUTION).read_text("direct_url.json")
        found: Any = {} if origin is None else json.loads(origin)
    except (metadata.PackageNotFoundError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _find_place(origin: Mapping[str, Any]) -> str | None:
    """Return what pip installs on another machine; None where it came from a folder of this one.

    A name on the package index is given only where this registrar came from the index: a stranger
    may own the name elsewhere.
    """
    match origin:
        case {"url": str(url), "vcs_info": {"vcs": str(vcs), "commit_id": str(commit)}}:
            return f"'{DISTRIBUTION} @ {vcs}+{url}@{commit}'"
        case {"url": str(url)}:
            return f"'{DISTRIBUTION} @ {url}'" if url.startswith("https://") else None
        case _:
            return None if origin else f"{DISTRIBUTION}=={__version__}"


def _find_action(origin: Mapping[str, Any] | None) -> str | None:
    """Return the repository on GitHub that registrar came from, with its commit, as an Action."""
    match origin:
        case {"url": str(url), "vcs_info": {"vcs": "git", "commit_id": str(commit)}}:
            found = GITHUB.fullmatch(url)
            is_commit = re.fullmatch("[0-9a-f]{40}", commit) is not None
            return f"{found[1]}@{commit}" if found and is_commit else None
        case _:
            return None
