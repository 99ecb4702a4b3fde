"""Whatever JSON a server sends: a value, or one clear error; never a bug."""

from __future__ import annotations

import contextlib
import copy
import json
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registrar.changes.measurements import MetricPlaces
from registrar.errors import RegistrarError
from registrar.locator import Locator
from registrar.registry import connect
from registrar.report import Report, note_lines, render
from registrar.report.results import Listing
from registrar.report.screen import Screen
from registrar.state import DesiredModel, ObservedVersion
from registrar.uris import LoggedModelUri
from tests.support.hostile_server import HEALTHY, LOGGED_MODEL, RUN, run_hostile_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from registrar.registry import Backend
    from tests.support.hostile_server import HostileServer

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["1", "-1", "abc", "9" * 30, "NaN", "\ud800", "1e999", "{[", "m" * 300])
)
VERSION = ObservedVersion(1, "sha256:1", f"models:/{LOGGED_MODEL}", RUN)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of every value inside a reply, its own among them."""
    yield path
    if isinstance(value, dict | list):
        entries = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in entries:
            yield from places(inner, (*path, key))


@st.composite
def spoilt_replies(draw: st.DrawFn) -> tuple[str, Any]:
    """One reply of a healthy server, with another value, or none, at one place in it."""
    path = draw(st.sampled_from(sorted(HEALTHY)))
    reply = copy.deepcopy({"reply": HEALTHY[path]})
    place = ("reply", *draw(st.sampled_from(sorted(places(HEALTHY[path]), key=str))))
    target: Any = reply
    for key in place[:-1]:
        target = target[key]
    if draw(st.booleans()) or len(place) == 1:
        target[place[-1]] = draw(VALUES)
    else:
        del target[place[-1]]
    return path, reply["reply"]


def calls(backend: Backend) -> Iterator[Callable[[], Any]]:
    """Yield the reads, and the writes whose replies are read, of a connection."""
    registry, store = backend.registry, backend.store
    yield partial(registry.observe, None)
    yield partial(registry.observe, ["mnist"])
    yield partial(registry.observe, ["mnist", "a", "b", "c", "d"])
    yield partial(registry.observe_for, [DesiredModel("mnist")])
    yield partial(registry.get_version, "mnist", "1")
    yield partial(registry.get_version, "mnist", "@champion")
    yield partial(registry.get_location, "mnist", 1)
    yield partial(store.get_run, RUN)
    yield partial(store.read_version_facts, [VERSION])
    yield partial(store.get_logged_model, LOGGED_MODEL)
    yield partial(store.read_measurements, [MetricPlaces(LOGGED_MODEL), MetricPlaces(run_id=RUN)])
    yield partial(store.find_uploads, "mnist", "sha256:1")
    yield partial(store.begin_upload, "mnist", "sha256:1")
    yield partial(store.get_upload_record, f"models:/{LOGGED_MODEL}", None)
    yield lambda: list(store.hash_files(f"models:/{LOGGED_MODEL}"))
    uri = LoggedModelUri.of(LOGGED_MODEL)
    yield partial(Locator(backend).locate, uri, verify=True)


@pytest.fixture(scope="module")
def server() -> Iterator[HostileServer]:
    """A server; in the end no thread asks it any more: one past its deadline goes on, and tries again."""
    before = {*threading.enumerate()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        with run_hostile_server({}) as running:
            yield running
        for thread in {*threading.enumerate()} - before:
            thread.join(20)


@given(spoilt_replies())
@settings(
    max_examples=max(20, settings().max_examples // 3),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_spoilt_reply_is_one_clear_error(server: HostileServer, spoilt: tuple[str, Any]) -> None:
    path, reply = spoilt
    server.replies = {path: {"json": reply}}
    settings_of_server = {"tracking_uri": server.url, "timeout": 5}
    with connect(settings_of_server, writes=True) as backend:
        for call in calls(backend):
            with contextlib.suppress(RegistrarError):
                result = call()
                json.dumps(repr(result)).encode()
        with contextlib.suppress(RegistrarError):
            models = tuple(backend.registry.observe(None).values())
            listing = Listing(backend.registry.server, models, len(models), detailed=True)
            report = Report("show", payload=listing)
            for output in ("text", "json", "markdown"):
                render(report, output, Screen(100)).encode()
            list(note_lines(report))
