import io

import pytest

from lmkit.data.parts.prepare import PartsDone, Preparation
from lmkit.terminal import parts
from lmkit.terminal.parts import follow

RESULT = Preparation(parts=2, counted=2, encoded=2, bytes=9, worked=9, seconds=1.0)
EVENTS = [
    PartsDone("count", 1, 2),
    PartsDone("count", 2, 2),
    PartsDone("encode", 1, 2),
    PartsDone("encode", 2, 2),
    RESULT,
]


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_result_comes_back():
    for stream in (io.StringIO(), Terminal()):
        assert follow(EVENTS, stream, quiet=True) is RESULT
        assert stream.getvalue() == ""


def test_a_line_now_and_then_tells_of_long_work(monkeypatch, capsys):
    follow(EVENTS, io.StringIO())
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(parts, "_PLAIN_INTERVAL", -1.0)
    follow(EVENTS, io.StringIO())
    assert capsys.readouterr().err.splitlines() == [
        "counted 1 of 2 parts",
        "counted 2 of 2 parts",
        "encoded 1 of 2 parts",
        "encoded 2 of 2 parts",
    ]


def test_a_terminal_has_bars(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    assert follow(EVENTS, stream) is RESULT
    assert "counted" in stream.getvalue()
    assert "2/2" in stream.getvalue()


def test_events_without_a_result_are_a_fault_of_ours():
    with pytest.raises(AssertionError, match="ends with its result"):
        follow(EVENTS[:-1], io.StringIO())
