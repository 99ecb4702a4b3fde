"""Hydra's ways in: its command line for flags and several jobs, and a shorter one for a single job.

Its command line composes twice, the first time to know whether there are several jobs, and makes a
directory for each. Nothing of that is needed for one job that only collects.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import sys
import tempfile
from typing import TYPE_CHECKING, Any

import hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import open_dict, read_write
from omegaconf.errors import OmegaConfBaseException

from registrar.config.arguments import without_command
from registrar.config.hydra_errors import explain, explain_usage
from registrar.config.search_path import reading
from registrar.errors import ConfigError
from registrar.secrets import scrub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from hydra.core.config_loader import ConfigLoader
    from omegaconf import DictConfig

    from registrar.config.arguments import Arguments
    from registrar.config.files import Reading

__all__ = ["composing", "each_job"]

PRIMARY = "registrar.config.defaults"
NAME = "registrar"
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


def each_job(arguments: Arguments, current: Reading, collect: Callable[[DictConfig], None]) -> None:
    """`collect` has been called with every composed job, Hydra's globals being those of the job.

    Raises ConfigError for what is wrong on the command line; files with problems are known to
    `current`. Hydra's own exit (`--help`) passes through as SystemExit.
    """
    with reading(current):
        try:
            if not (arguments.is_one_job and _one_job(arguments, collect)):
                _command_line(arguments, collect)
        except (HydraException, OmegaConfBaseException, ValueError) as error:
            if not current.problems:
                raise ConfigError(*explain(error, arguments, current)) from None


@contextlib.contextmanager
def composing(
    loader: ConfigLoader, config_name: str, overrides: Sequence[str]
) -> Iterator[DictConfig]:
    """The job as Hydra composes it, until the block ends the one of its globals. Raises as it does."""
    cfg = loader.load_configuration(config_name, list(overrides), run_mode=RunMode.RUN)
    with read_write(cfg.hydra.runtime), open_dict(cfg.hydra.runtime):
        cfg.hydra.runtime.output_dir = os.getcwd()  # noqa: PTH109 - a text
    before = HydraConfig.instance().cfg
    try:
        HydraConfig.instance().set_config(cfg)
        yield cfg
    finally:
        HydraConfig.instance().cfg = before


def _one_job(arguments: Arguments, collect: Callable[[DictConfig], None]) -> bool:
    """False, and nothing is collected, where the configuration asks for more than to be composed."""
    with hydra.initialize_config_module(PRIMARY, NAME, **_version_base()):
        loader = GlobalHydra.instance().config_loader()
        with composing(loader, arguments.config_name, arguments.of_the_base) as cfg:
            about = cfg.hydra
            if about.mode == RunMode.MULTIRUN or about.callbacks or about.job.env_set:
                return False
            collect(cfg)
    return True


def _command_line(arguments: Arguments, collect: Callable[[DictConfig], None]) -> None:
    with _surroundings(arguments) as quiet:
        sys.argv[1:] = [*arguments.flags, *arguments.of_the_base, *quiet]
        main = hydra.main(config_path=f"pkg://{PRIMARY}", config_name="config", **_version_base())
        output, errors = io.StringIO(), io.StringIO()
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(errors):
                main(collect)()
        except SystemExit as exit_:
            if exit_.code == 2:  # argparse
                raise ConfigError(explain_usage(errors.getvalue(), arguments)) from None
            raise
        else:
            sys.stderr.write(errors.getvalue())
        finally:
            sys.stdout.write(scrub(output.getvalue()))


@contextlib.contextmanager
def _surroundings(arguments: Arguments) -> Iterator[list[str]]:
    """Hydra's errors come as exceptions, its files go to a scratch folder; all undone at the end."""
    argv, environ = sys.argv[:], dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="registrar-") as scratch:
        os.environ["HYDRA_FULL_ERROR"] = "1"
        if "COMP_LINE" in os.environ:
            os.environ["COMP_LINE"] = without_command(os.environ["COMP_LINE"])
        try:
            yield [] if arguments.completes else [*QUIET, f"hydra.sweep.dir='{scratch}'"]
        finally:
            sys.argv[:] = argv
            for name in ("HYDRA_FULL_ERROR", "COMP_LINE"):
                if name in environ:
                    os.environ[name] = environ[name]
                else:
                    os.environ.pop(name, None)


def _version_base() -> dict[str, Any]:
    """Hydra 1.3 wants to be told that it is to behave like itself; 1.4 warns of that."""
    release = [int(part) for part in re.findall(r"\d+", hydra.__version__)[:2]]
    return {} if release >= [1, 4] else {"version_base": "1.3"}
