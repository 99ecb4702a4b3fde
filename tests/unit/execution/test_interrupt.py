"""What a signal does before, between and within writes."""

from __future__ import annotations

import signal
import threading

import pytest

from registrar.execution.interrupt import Interrupt


def test_a_signal_waits_while_it_is_held_back_and_a_second_one_does_not() -> None:
    before = signal.getsignal(signal.SIGINT)
    interrupt = Interrupt()
    with interrupt.install():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        interrupt.pending = False
        interrupt.hold()
        signal.raise_signal(signal.SIGTERM)
        assert interrupt.is_pending()
        assert interrupt.writing
        with pytest.raises(KeyboardInterrupt):
            interrupt.check()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_a_long_piece_of_work_is_interrupted_at_once() -> None:
    interrupt = Interrupt()
    with interrupt.install():
        interrupt.hold()
        with pytest.raises(KeyboardInterrupt), interrupt.release():
            signal.raise_signal(signal.SIGINT)


def test_in_another_thread_signals_are_not_handled_and_checks_still_work() -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[bool] = []

    def work() -> None:
        interrupt = Interrupt()
        with interrupt.install(), interrupt.release():
            seen.append(signal.getsignal(signal.SIGINT) is before)
            interrupt.pending = True
            with pytest.raises(KeyboardInterrupt):
                interrupt.check()
            seen.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [True, True]
