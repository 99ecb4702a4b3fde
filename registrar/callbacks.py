"""Registration as a part of a Hydra training application, by a callback of Hydra.

Hydra turns an exception of a callback into a warning. So that none goes unnoticed, whatever it is,
a configuration that is wrong ends the process before training, with exit code 2; a job whose model
could not be registered ends as a failed job does, with exit code 1; and a sweep whose best model
could not be ends with the error's exit code.
"""

from __future__ import annotations

import atexit
import json
import logging
import math
import shutil
import sys
import tempfile
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from registrar.config.mapping import MappingJob, given
from registrar.engine import located, registered, validate_config
from registrar.errors import ConfigError, Problem, RegistrarError
from registrar.provenance import provenance
from registrar.registry.active_run import Tracked, tracked

__all__ = ["RegisterCallback"]

NODE = "registration"
MODES = {"max": max, "min": min}
log = logging.getLogger(__name__)


class RegisterCallback:
    """The model that a job has logged is registered as the `registration` node says.

    In the application's configuration:

        registration:
          model: {name: mnist, aliases: [challenger]}    # and server, apply: the same language
        hydra:
          callbacks:
            registration:
              _target_: registrar.callbacks.RegisterCallback
              best: {metric: accuracy, mode: max}        # of a sweep, register the best job's only

    `model.uri` may be left out: it is the model that the job's run has logged. The metric is looked
    up in the mapping that the job returns, else among the metrics of its run, else it is the number
    that the job returns. Of equal ones the first job's is taken; a failed job is none of them.
    """

    def __init__(self, best: Mapping[str, Any] | None = None) -> None:
        self.metric: str | None = None
        self.mode = "max"
        if best is not None:
            self.metric, self.mode = _best(best)
        self.folder: str | None = None  # of a sweep, for what its jobs tell
        self.before = Tracked()

    def on_multirun_start(self, config: Any, **kwargs: Any) -> None:
        """Jobs can tell about themselves, also those in other processes of this machine."""
        del config, kwargs
        if self.metric is not None:
            try:
                self.folder = tempfile.mkdtemp(prefix="registrar-")
            except OSError as error:
                _stop(error)
            atexit.register(shutil.rmtree, self.folder, ignore_errors=True)

    def on_job_start(self, config: Any, **kwargs: Any) -> None:
        """The configuration is valid, or the process ends here, before training."""
        del kwargs
        try:
            validate_config(_node(config), (NODE,))
            self.before = _tracked(needed=False)
        except Exception as error:
            _stop(error)

    def on_job_end(self, config: Any, job_return: Any, **kwargs: Any) -> None:
        """The job's model is registered, or noted for the end of the sweep."""
        del kwargs
        if job_return.status.name != "COMPLETED":
            return
        try:
            job = given(_node(config), "apply", at=(NODE,))
            now = _tracked(needed="uri" not in job.config["model"])
            if now == self.before and not now.active:  # of an earlier job in this process
                now = Tracked()
            if self.folder is None or self.metric is None:
                log.info("%s", registered(located(job, now)))
                return
            score = _score(self.metric, job_return.return_value, now.metrics)
            if math.isfinite(score):
                number = int(config.hydra.job.num)
                _write(Path(self.folder, f"{number:09}.json"), score, located(job, now))
            else:
                log.warning("Not the best: %s is %s", self.metric, score)
        except Exception as error:
            _fail(job_return, error)

    def on_multirun_end(self, config: Any, **kwargs: Any) -> None:
        """The best job's model is registered."""
        del config, kwargs
        if self.folder is None:
            return
        try:
            found = [json.loads(path.read_text()) for path in sorted(Path(self.folder).iterdir())]
            if not found:
                message = f"no job of the sweep has a finite {self.metric}: nothing was registered"
                raise ConfigError(Problem("todo", message, "Look at what the jobs report."))
            best = MODES[self.mode](found, key=lambda told: told["score"])
            log.info("%s is best with %s", self.metric, best["score"])
            log.info("%s", registered(MappingJob(**best["job"]), best["birth"]))
        except Exception as error:
            _stop(error)

    def on_run_start(self, config: Any, **kwargs: Any) -> None:
        """Nothing to do."""

    def on_run_end(self, config: Any, **kwargs: Any) -> None:
        """Nothing to do."""


def _tracked(*, needed: bool) -> Tracked:
    """What was tracked so far. Where that is elsewhere and not needed, it is as good as nothing."""
    try:
        return tracked()
    except ConfigError:
        if needed:
            raise
        return Tracked()


def _best(given_: Mapping[str, Any]) -> tuple[str, str]:
    """The metric and the mode. Raises ConfigError for anything else."""
    metric, mode = given_.get("metric"), given_.get("mode", "max")
    if not isinstance(metric, str) or mode not in MODES or set(given_) - {"metric", "mode"}:
        message = f"best: {dict(given_)} is not a metric and a mode"
        raise ConfigError(Problem("todo", message, "Write {metric: NAME, mode: max}, or min."))
    return metric, mode


def _node(config: Any) -> Any:
    node = config.get(NODE)
    if node is None:
        message = f"the configuration has no '{NODE}'"
        hint = f"Add one such as `{NODE}: {{model: {{name: NAME}}}}`, or take the callback out."
        raise ConfigError(Problem("todo", message, hint))
    return node


def _score(metric: str, returned: Any, metrics: Mapping[str, float]) -> float:
    """The job's number. Raises ConfigError when it tells none."""
    named = returned if isinstance(returned, Mapping) else {}
    value = named.get(metric, metrics.get(metric, returned))
    try:
        return float(value)
    except (TypeError, ValueError):
        known = ", ".join(sorted({*map(str, named), *metrics})) or "none"
        message = f"the job tells no {metric}"
        hint = f"Return it, or log it to the run. It tells: {known}."
        raise ConfigError(Problem("todo", message, hint)) from None


def _write(path: Path, score: float, job: MappingJob) -> None:
    path.write_text(json.dumps({"score": score, "job": asdict(job), "birth": provenance()}))


def _fail(job_return: Any, error: Exception) -> None:
    """The job has failed, for Hydra and for other callbacks: Hydra prints it and exits with 1."""
    from registrar.config.hydra_job import RegistrationError

    job_return.status = type(job_return.status)["FAILED"]
    job_return.return_value = error
    if isinstance(error, RegistrarError):
        done = f"{error.report}\n" if error.report and error.report.outcomes else ""
        job_return.return_value = RegistrationError(f"The model was not registered.\n{done}{error}")


def _stop(error: Exception) -> NoReturn:
    """The process ends. SystemExit is the one thing that Hydra lets out of a callback."""
    if isinstance(error, RegistrarError):
        print(error, file=sys.stderr)
        raise SystemExit(error.exit_code) from error
    traceback.print_exception(error)
    raise SystemExit(1) from error
