import io
import sys

import pytest
from rich.console import Console

from lmkit.results import Trained
from lmkit.terminal.progress import TrainingView, thinned, watch
from lmkit.training.events import (
    Calibrating,
    Finished,
    FromMember,
    Planned,
    Prepared,
    Progress,
    Recovered,
    Status,
    TemperatureFitted,
    Validated,
    Warned,
)

RESULT = Trained("out", 5, 100, 10, 65.0, 1.5, 132.1, "budget")


def progress(step, seconds):
    return Progress(
        step=step,
        steps=100,
        epoch=step / 50,
        tokens=step * 10,
        words_per_second=1234.0,
        nats=5.0,
        perplexity=148.4,
        learning_rate=0.01,
        gradient_norm=1.0,
        seconds=seconds,
        seconds_left=30.0,
    )


def events():
    yield Warned(message="a.txt was read as latin-1\x1b")
    yield Prepared(
        words=1000,
        tokens=1100,
        valid_words=50,
        vocabulary=90,
        unknown_fraction=0.02,
        parameters=12345,
        seconds=0.1,
    )
    yield Planned(step=0, steps=100, seconds=60.0, epochs=2.0)
    yield progress(1, 0.1)
    yield progress(2, 0.2)
    yield progress(60, 12.0)
    yield Validated(step=60, nats=4.9, perplexity=140.5, is_best=True, seconds=0.5)
    yield Validated(step=61, nats=4.9, perplexity=140.5, is_best=False, seconds=0.5)
    yield Recovered(step=70, back_to=60, reason="the loss is not a number", rate_factor=0.5)
    yield Finished(step=100, tokens=1000, reason="budget", best_perplexity=140.5, seconds=20.0)
    yield TemperatureFitted(temperature=1.05, perplexity=139.25, seconds=1.0)
    yield Status(message="now the backward companion")
    yield Calibrating(adapters=("n-gram", "cache"), seconds=2.0)
    yield RESULT


def test_off_a_terminal_occasional_lines_go_to_stderr(capsys):
    assert watch(events()) is RESULT
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines() == [
        "a.txt was read as latin-1\\x1b",
        "1,000 words, 90 tokens, 2.0% unknown, 12,345 weights",
        "step 1 of 100: perplexity 148.4, 1,234 words/s, 30 s left",
        "step 60 of 100: perplexity 148.4, 1,234 words/s, 30 s left",
        "step 60: validation perplexity 140.50",
        "step 70: the loss is not a number; went back to step 60 at 0.5 of the planned rate",
        "softmax temperature 1.050, fitted on validation text: perplexity 139.25",
        "now the backward companion",
        "fitting the adapters (n-gram, cache) on validation text, about 2 s at most",
    ]


def test_quiet_keeps_to_what_must_be_said(capsys):
    watch(events(), quiet=True)
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_terminal_shows_a_panel(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    screen = Terminal()
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", screen)
    assert watch(events()) is RESULT
    assert "training" in screen.getvalue()
    assert "140.5" in screen.getvalue()


def drawn(view):
    stream = io.StringIO()
    Console(file=stream, width=80, color_system=None).print(view.draw())
    return stream.getvalue()


def test_while_the_text_is_read_the_panel_says_so_and_promises_nothing():
    shown = drawn(TrainingView())
    assert "reading" in shown
    assert "rate" not in shown
    assert "Ctrl-C" not in shown


def test_a_quick_run_has_few_lines(capsys):
    quick = [
        Validated(step=n, nats=4.5, perplexity=90.0, is_best=True, seconds=0.1) for n in range(20)
    ]
    watch(iter([progress(1, 0.1), *quick, progress(20, 0.4), RESULT]))
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_the_panel_says_rate_loss_perplexity_and_time_left():
    view = TrainingView()
    for event in events():
        view.take(event)
    shown = drawn(view)
    rates = ("1,234 words/s", "5.000 nats", "148.4", "30 s left")
    for part in (*rates, "140.5", "60 of 100", "▁", "temperature 1.050", "Ctrl-C"):
        assert part in shown


def test_a_long_run_is_thinned_to_means():
    assert thinned([1.0, 3.0, 5.0, 7.0], 2) == [2.0, 6.0]
    assert thinned([1.0], 2) == [1.0]
    assert len(thinned([float(number) for number in range(1001)], 50)) == 50


def test_an_end_without_a_result_is_a_bug():
    with pytest.raises(RuntimeError):
        watch(iter([Warned(message="x")]))


def of_two():
    yield next(event for event in events() if isinstance(event, Prepared))
    for name, second in (("forward", 1.0), ("forward-2", 2.0)):
        yield FromMember(member=name, event=progress(60, second))
        yield FromMember(
            member=name,
            event=Validated(
                step=60, nats=4.9, perplexity=140.5 + second, is_best=True, seconds=0.5
            ),
        )
    yield FromMember(member="forward-2", event=Warned(message="the disk is slow"))


def test_runs_side_by_side_are_told_of_by_name(capsys):
    watch([*of_two(), RESULT])
    assert capsys.readouterr().err.splitlines()[1:] == [
        "forward: step 60 of 100: perplexity 148.4, 1,234 words/s, 30 s left",
        "forward: step 60: validation perplexity 141.50",
        "forward-2: step 60 of 100: perplexity 148.4, 1,234 words/s, 30 s left",
        "forward-2: step 60: validation perplexity 142.50",
        "forward-2: the disk is slow",
    ]


def test_the_panel_has_a_row_for_each_run_and_their_rate_together():
    view = TrainingView()
    for event in of_two():
        view.take(event)
    screen = Console(width=80, file=io.StringIO())
    screen.print(view.draw())
    shown = screen.file.getvalue()
    assert "forward-2" in shown
    assert "validation 142.5" in shown
    assert "2,468 words/s by 2 processes, epoch 1.20" in shown
    assert "2 s gone, about 30 s left" in shown
