import os
import signal
import threading

import pytest

from lmkit.cli.interrupt import first_interrupt_asks, interrupts_end_at_once


def press_ctrl_c():
    signal.raise_signal(signal.SIGINT)


def test_before_there_is_anything_to_save_an_interrupt_ends_at_once():
    with first_interrupt_asks() as interrupts:
        with pytest.raises(KeyboardInterrupt):
            press_ctrl_c()
        assert not interrupts.asked()


def test_the_first_interrupt_asks_and_the_second_ends():
    with first_interrupt_asks() as interrupts:
        interrupts.listen()
        assert not interrupts.asked()
        press_ctrl_c()
        assert interrupts.asked()
        with pytest.raises(KeyboardInterrupt):
            press_ctrl_c()


@pytest.mark.skipif(os.name == "nt", reason="processes are ended differently there")
def test_a_request_to_terminate_asks_too():
    with first_interrupt_asks() as interrupts:
        interrupts.listen()
        signal.raise_signal(signal.SIGTERM)
        assert interrupts.asked()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no terminals hang up there")
def test_a_closed_terminal_asks_too():
    with first_interrupt_asks() as interrupts:
        interrupts.listen()
        signal.raise_signal(signal.SIGHUP)
        assert interrupts.asked()


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="no terminals hang up there")
def test_what_nohup_ignores_stays_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with first_interrupt_asks() as interrupts:
            interrupts.listen()
            signal.raise_signal(signal.SIGHUP)
            assert not interrupts.asked()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_work_that_saved_itself_can_be_interrupted_again():
    with first_interrupt_asks() as interrupts:
        interrupts.listen()
        interrupts.listen_no_more()
        with pytest.raises(KeyboardInterrupt):
            press_ctrl_c()


def test_afterwards_an_interrupt_is_what_it_was():
    before = signal.getsignal(signal.SIGINT)
    with first_interrupt_asks():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_outside_the_main_thread_nobody_asks():
    seen = []

    def work():
        with first_interrupt_asks() as interrupts:
            seen.append(interrupts.asked())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False]


def test_an_interrupt_of_a_host_that_handles_it_is_left_to_the_host():
    pressed = []
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        with interrupts_end_at_once():
            press_ctrl_c()
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed == [signal.SIGINT]


def test_after_loading_an_interrupt_is_raised_as_before():
    before = signal.getsignal(signal.SIGINT)
    with interrupts_end_at_once():
        assert (signal.getsignal(signal.SIGINT) is before) == (
            before is not signal.default_int_handler
        )
    assert signal.getsignal(signal.SIGINT) is before


def test_another_thread_sets_no_handler():
    before = signal.getsignal(signal.SIGINT)
    found = []

    def load():
        with interrupts_end_at_once():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=load)
    thread.start()
    thread.join()
    assert found == [before]
