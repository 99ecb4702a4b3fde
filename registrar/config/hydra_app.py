"""Hydra's two ways to compose: its command line, and a shorter one for a single job.

Hydra's command line composes twice, the first time to see whether there are several jobs, and makes
a directory for each. A single job that is only composed needs nothing of that.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
from typing import TYPE_CHECKING, Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import open_dict, read_write
from omegaconf.errors import OmegaConfBaseException

from registrar.config.environment import guard_environment
from registrar.config.hydra_errors import explain_exception, explain_settings, explain_usage
from registrar.config.interpolation_limits import limit_interpolations
from registrar.config.search_path import use_files
from registrar.errors import ConfigError
from registrar.scratch import scratch_folder
from registrar.secrets import scrub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hydra.core.config_loader import ConfigLoader
    from omegaconf import DictConfig

    from registrar.config.arguments import Arguments
    from registrar.config.files import ConfigFiles

__all__ = ["EXPLAINED", "compose_each", "compose_one"]

PRIMARY = "registrar.config.defaults"
NAME = "registrar"
# What Hydra and OmegaConf raise where a configuration, or the command line, is wrong.
EXPLAINED = (HydraException, OmegaConfBaseException, RecursionError, ValueError)
USAGE_EXIT = 2  # argparse's exit code
# Nothing is left in the user's directory, whatever a configs/config.yaml says.
QUIET = (
    f"hydra.job.name={NAME}",
    "hydra.output_subdir=null",
    "hydra.run.dir=.",
    "hydra.sweep.subdir=.",
    "hydra.job.chdir=false",
    "hydra/job_logging=none",
    "hydra/hydra_logging=none",
)


def compose_each(
    arguments: Arguments, files: ConfigFiles, collect: Callable[[DictConfig], None]
) -> None:
    """Call `collect` with every composed job, while Hydra's globals are those of the job.

    Raises ConfigError for what is wrong on the command line. Files with problems are recorded in
    `files`. Hydra's own exit (`--help`) passes through as SystemExit.
    """
    with use_files(files), guard_environment() as guard, limit_interpolations():
        try:
            if not (arguments.is_one_job and _compose_single(arguments, collect)):
                _run_command_line(arguments, collect)
        except EXPLAINED as error:
            if refusal := guard.pop():
                raise ConfigError(refusal) from None
            if not files.problems:
                raise ConfigError(*explain_exception(error, arguments, files)) from None


@contextlib.contextmanager
def compose_one(
    loader: ConfigLoader, config_name: str, overrides: Sequence[str]
) -> Iterator[DictConfig]:
    """Compose one job, and make Hydra's globals those of the job until the block ends.

    Raises what Hydra raises.
    """
    cfg = loader.load_configuration(config_name, list(overrides), run_mode=RunMode.RUN)
    with read_write(cfg.hydra.runtime), open_dict(cfg.hydra.runtime):
        cfg.hydra.runtime.output_dir = os.getcwd()  # noqa: PTH109 - a text
    with _restore_hydra_config():
        HydraConfig.instance().set_config(cfg)
        yield cfg


@contextlib.contextmanager
def _restore_hydra_config() -> Iterator[None]:
    """Restore Hydra's global of the current job at the end: it may be that of the caller's app."""
    previous = HydraConfig.instance().cfg
    try:
        yield
    finally:
        HydraConfig.instance().cfg = previous


def _compose_single(arguments: Arguments, collect: Callable[[DictConfig], None]) -> bool:
    """Collect one job; return False, and collect none, where Hydra has more to do than compose."""
    overrides = [override.text for override in arguments.base_overrides]
    with hydra.initialize_config_module(PRIMARY, NAME, **_version_base()):
        loader = GlobalHydra.instance().config_loader()
        with compose_one(loader, arguments.config_name, overrides) as cfg:
            settings = cfg.hydra
            if settings.mode == RunMode.MULTIRUN or settings.callbacks or settings.job.env_set:
                return False
            collect(cfg)
    return True


def _run_command_line(arguments: Arguments, collect: Callable[[DictConfig], None]) -> None:
    overrides = [override.text for override in arguments.base_overrides]
    with _isolate() as quiet, _restore_hydra_config():
        sys.argv[1:] = [*arguments.flags, *overrides, *quiet]
        main = hydra.main(config_path=f"pkg://{PRIMARY}", config_name="config", **_version_base())
        output, errors = io.StringIO(), io.StringIO()
        collected: list[DictConfig] = []

        def collect_one(cfg: DictConfig) -> None:
            collected.append(cfg)
            collect(cfg)

        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
                main(collect_one)()
        except SystemExit as error:
            if error.code == USAGE_EXIT:
                raise ConfigError(explain_usage(errors.getvalue(), arguments)) from None
            raise
        except EXPLAINED:
            raise
        except Exception as error:  # Hydra does not check its own settings
            settings = [o for o in arguments.overrides if o.is_of_hydra]
            if collected or not settings:
                raise
            raise ConfigError(explain_settings(error, settings)) from None
        else:
            sys.stderr.write(errors.getvalue())
        finally:
            sys.stdout.write(scrub(output.getvalue()))


@contextlib.contextmanager
def _isolate() -> Iterator[list[str]]:
    """Make Hydra raise its errors and write to a scratch folder; restore the process at the end.

    The value is what has to be added to the overrides.
    """
    argv, before = sys.argv[:], os.environ.get("HYDRA_FULL_ERROR")
    with scratch_folder() as scratch:
        os.environ["HYDRA_FULL_ERROR"] = "1"
        try:
            yield [*QUIET, f"hydra.sweep.dir='{scratch}'"]
        finally:
            sys.argv[:] = argv
            if before is None:
                del os.environ["HYDRA_FULL_ERROR"]
            else:
                os.environ["HYDRA_FULL_ERROR"] = before


def _version_base() -> dict[str, Any]:
    """Return `version_base` for Hydra 1.3, which warns without it; 1.4 warns of it."""
    release = [int(part) for part in re.findall(r"\d+", hydra.__version__)[:2]]
    return {} if release >= [1, 4] else {"version_base": "1.3"}
