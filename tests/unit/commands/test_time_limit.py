"""A regular expression that would take years is interrupted."""

from __future__ import annotations

import re
import signal
import threading

import pytest

from registrar.commands.time_limit import TimeLimitError, limit_time


def test_a_regular_expression_is_interrupted() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with pytest.raises(TimeLimitError), limit_time(0.02):
        re.search("^(([a-z])+.)+[A-Z]([a-z])+$", "a" * 60)
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def test_a_thread_of_its_own_has_no_limit() -> None:
    done = threading.Event()

    def work() -> None:
        with limit_time(0.001):
            done.set()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert done.is_set()
