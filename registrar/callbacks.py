"""A callback of Hydra that registers the model of a training job.

Hydra turns an exception of a callback into a warning. So that no failure goes unnoticed:

- a wrong configuration ends the process before training, with exit code 2;
- a job whose model could not be registered ends as a failed job does, with exit code 1;
- a sweep whose best model could not be registered ends with the exit code of the error.
"""

from __future__ import annotations

import atexit
import json
import logging
import math
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from registrar.api_calls import one_call
from registrar.changes.measurements import MetricPlaces
from registrar.commands.register import register_one, resolve_uri, validate_before_training
from registrar.config.mapping import dump_job, job_from_mapping, load_job
from registrar.config.metric_files import with_metric_files
from registrar.errors import BugError, ConfigError, Problem, RegistrarError
from registrar.provenance import collect_provenance
from registrar.recorded_metrics import format_declared
from registrar.registry.active_run import (
    TrackingState,
    read_logged_metrics,
    read_tracking_state,
)
from registrar.report import error_text
from registrar.text import quote
from registrar.uris import LoggedModelUri, RunUri, parse_source

if TYPE_CHECKING:
    from registrar.config.job import Job
    from registrar.version_evidence import Measurement, Measurements

__all__ = ["RegisterCallback"]

NODE = "registration"
MODES = {"max": max, "min": min}
log = logging.getLogger(__name__)


class RegisterCallback:
    """Registers the model that a job has logged, as the node `registration` declares it.

    In the application's configuration:

        registration:
          model: {name: mnist, aliases: [challenger]}    # also server, apply: the same language
        hydra:
          callbacks:
            registration:
              _target_: registrar.callbacks.RegisterCallback
              best: {metric: accuracy, mode: max}        # of a sweep, register only the best job's

    Without `model.uri`, it is the model that the job's run has logged.

    The metric of `best` is looked up in the mapping that the job returns, then among the metrics of
    the job's model and run. If neither has it, the number that the job returns is taken. With a
    `dataset` only a number counts that was measured on it. Of equal jobs the first is the best. A
    failed job is never the best.
    """

    def __init__(self, best: Mapping[str, Any] | None = None) -> None:
        self.metric: str | None = None
        self.dataset: str | None = None
        self.mode = "max"
        if best is not None:
            self.metric, self.mode, self.dataset = _parse_best(best)
        self.folder: str | None = None  # of a sweep: one file for the result of each job
        self.before = TrackingState()

    def on_multirun_start(self, config: Any, **kwargs: Any) -> None:
        """Make the folder for the results of the jobs, which may run in other processes."""
        del config, kwargs
        if self.metric is not None:
            try:
                self.folder = tempfile.mkdtemp(prefix="registrar-")
            except OSError as error:
                _exit(error)
            atexit.register(shutil.rmtree, self.folder, ignore_errors=True)

    def on_job_start(self, config: Any, **kwargs: Any) -> None:
        """Check the configuration; a wrong one ends the process before training."""
        del kwargs
        try:
            validate_before_training(job_from_mapping(_node(config), "validate", at=(NODE,)))
            self.before = _read_tracked(needed=False)
        except Exception as error:
            _exit(error)

    def on_job_end(self, config: Any, job_return: Any, **kwargs: Any) -> None:
        """Register the job's model, or write down its result for the end of the sweep."""
        del kwargs
        if job_return.status.name != "COMPLETED":
            return
        try:
            job = job_from_mapping(_node(config), "apply", at=(NODE,))
            run = _read_tracked(needed="uri" not in job.config["model"])
            if (
                run == self.before and not run.is_active
            ):  # the run of an earlier job in this process
                run = TrackingState()
            if self.folder is None or self.metric is None:
                with one_call("apply"):
                    log.info("%s", register_one(resolve_uri(job, run), run_id=run.run_id))
                return
            score = self._score(self.metric, job_return.return_value, job, run)
            if math.isfinite(score):
                number = int(config.hydra.job.num)
                with one_call("apply"):
                    job = resolve_uri(job, run)
                _write_result(Path(self.folder, f"{number:09}.json"), score, job, run.run_id)
            else:
                log.warning("Not the best: %s is %s", self.metric, score)
        except Exception as error:
            _fail(job_return, error)

    def _score(self, metric: str, returned: Any, job: Job, run: TrackingState) -> float:
        """Return the job's number, NaN where nobody knows it. Raises ConfigError when it has none."""
        named = returned if isinstance(returned, Mapping) else {}
        measurements: Measurements = {}
        if self.dataset is None and metric in named:
            value = named[metric]
        else:
            measurements = read_logged_metrics(_find_places(job, run))
            chosen = _choose_measurement(metric, self.dataset, measurements)
            if chosen is not None:
                return math.nan if chosen.value is None else chosen.value
            value = returned if self.dataset is None else None
        try:
            return float(value)
        except (TypeError, ValueError):
            known = ", ".join(sorted({*map(str, named), *measurements})) or "none"
            message = f"the job has no metric '{metric}'"
            hint = f"Return it, or log it to the run. Known metrics: {known}."
            if self.dataset is not None:
                message += f" that was measured on {quote(self.dataset)}"
                hint = f"Log it to the model with its dataset. Known metrics: {known}."
            raise ConfigError(Problem("metric-not-found", message, hint)) from None

    def on_multirun_end(self, config: Any, **kwargs: Any) -> None:
        """Register the model of the best job."""
        del config, kwargs
        if self.folder is None:
            return
        try:
            results = [json.loads(path.read_text()) for path in sorted(Path(self.folder).iterdir())]
            if not results:
                message = f"no job of the sweep has a finite {self.metric}: nothing was registered"
                raise ConfigError(Problem("no-best-job", message, "Look at what the jobs return."))
            best = MODES[self.mode](results, key=lambda result: result["score"])
            log.info("%s is best with %s", self.metric, best["score"])
            with one_call("apply"):
                log.info(
                    "%s",
                    register_one(load_job(best["job"]), best["provenance"], best["run_id"]),
                )
        except Exception as error:
            _exit(error)

    def on_run_start(self, config: Any, **kwargs: Any) -> None:
        """Do nothing."""

    def on_run_end(self, config: Any, **kwargs: Any) -> None:
        """Do nothing."""


def _read_tracked(*, needed: bool) -> TrackingState:
    """Return what was tracked so far; unless it is `needed`, what another server has is ignored."""
    try:
        return read_tracking_state()
    except ConfigError:
        if needed:
            raise
        return TrackingState()


def _parse_best(best: Mapping[str, Any]) -> tuple[str, str, str | None]:
    """Return the metric, the mode and the dataset of `best`. Raises ConfigError."""
    metric, mode, dataset = best.get("metric"), best.get("mode", "max"), best.get("dataset")
    is_valid = isinstance(metric, str) and mode in MODES and isinstance(dataset, str | None)
    if not is_valid or set(best) - {"metric", "mode", "dataset"}:
        message = f"best: {dict(best)} is not a metric and a mode"
        hint = "Write {metric: NAME, mode: max}, or min; and dataset: NAME where it matters."
        raise ConfigError(Problem("invalid-value", message, hint))
    return str(metric), mode, dataset


def _node(config: Any) -> Any:
    """Return the node of the application's configuration. Raises ConfigError without one."""
    node = config.get(NODE)
    if node is None:
        message = f"the configuration has no '{NODE}'"
        hint = f"Add one such as `{NODE}: {{model: {{name: NAME}}}}`, or remove the callback."
        raise ConfigError(Problem("missing-field", message, hint))
    return node


def _choose_measurement(
    metric: str, dataset: str | None, measurements: Measurements
) -> Measurement | None:
    """Return the value of a metric, on a dataset if one is named; None where there is none.

    Raises ConfigError where several could be meant.
    """
    items = [m for m in measurements.get(metric, ()) if dataset in {None, m.dataset}]
    if len(items) > 1:
        names = ", ".join(sorted({quote(item.dataset or "not recorded") for item in items}))
        message = f"the metric '{metric}' was measured on several datasets: {names}"
        hint = "Say which one counts: best: {metric: NAME, dataset: NAME}."
        if dataset is not None:
            message = (
                f"the metric '{metric}' was measured on {quote(dataset)} with several contents"
            )
            hint = "Give each content its own name."
        raise ConfigError(Problem("several-datasets", message, hint))
    return items[0] if items else None


def _find_places(job: Job, run: TrackingState) -> MetricPlaces:
    """Return where the metrics of the job's model are."""
    model = with_metric_files(job).config["model"]
    declared = model.get("metrics")
    recorded = format_declared(declared) if isinstance(declared, dict) else None
    match parse_source(str(model.get("uri", ""))):
        case LoggedModelUri(model_id=model_id):
            return MetricPlaces(model_id, recorded=recorded)
        case RunUri(run_id=run_id):
            return MetricPlaces(run_id=run_id, recorded=recorded)
        case _:
            is_own = "uri" not in model and run.model_run_id == run.run_id
            return MetricPlaces(run.model_id if is_own else None, run.run_id, recorded)


def _write_result(path: Path, score: float, job: Job, run_id: str | None) -> None:
    """Write what `on_multirun_end` needs of one job."""
    result = {
        "score": score,
        "job": dump_job(job),
        "provenance": collect_provenance(),
        "run_id": run_id,
    }
    path.write_text(json.dumps(result))


def _fail(job_return: Any, error: Exception) -> None:
    """Mark the job as failed, for Hydra and for other callbacks. Hydra prints why, and exits with 1."""
    from registrar.config.hydra_job import RegistrationError

    job_return.status = type(job_return.status)["FAILED"]
    job_return.return_value = error
    if isinstance(error, RegistrarError) and not isinstance(error, BugError):
        done = f"{error.report}\n" if error.report and error.report.outcomes else ""
        message = f"The model was not registered.\n{done}{error_text(error)}"
        job_return.return_value = RegistrationError(message)


def _exit(error: Exception) -> NoReturn:
    """End the process. SystemExit is the only exception that Hydra lets out of a callback."""
    if not isinstance(error, RegistrarError):
        error = BugError.from_exception(error)
    if isinstance(error, BugError):
        print(error.traceback, end="", file=sys.stderr)
    print(error_text(error), file=sys.stderr)
    raise SystemExit(error.exit_code) from error
