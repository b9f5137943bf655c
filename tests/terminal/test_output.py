import io
import json
import math
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from lmkit.terminal.output import (
    console,
    is_live,
    json_line,
    lasting,
    on_one_line,
    show,
    visible,
)
from lmkit.text.normalise import encodable


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_an_escape_sequence_is_written_out():
    assert visible("\x1b[31mred\x07\x9b\u202eend") == "\\x1b[31mred\\x07\\x9b\\u202eend"


def test_line_ends_and_joined_emoji_stay():
    assert visible("a\n\tb 👩\u200d🚀") == "a\n\tb 👩\u200d🚀"
    assert on_one_line("a\n\tb") == "a\\n\\tb"


@given(st.text(st.characters()))
def test_nothing_visible_can_steer_a_terminal(text):
    shown = visible(encodable(text))
    assert all(
        character.isprintable() or character in "\n\t" or ord(character) > 0x9F
        for character in shown
    )
    shown.encode("utf-8")


@given(st.text(st.characters()))
def test_json_comes_back_as_it_was(text):
    text = encodable(text)
    line = json_line({"text": text})
    assert json.loads(line) == {"text": text}
    assert "\x9b" not in line
    assert "\n" not in line


def test_numbers_without_end_are_null_in_json():
    line = json_line({"a": math.inf, "b": [math.nan, 1.5], "c": {"d": (1,)}})
    assert json.loads(line) == {"a": None, "b": [None, 1.5], "c": {"d": [1]}}


def test_bytes_that_are_no_text_are_marked():
    marked = encodable("a\udc9f\ud800b")
    assert (marked[0], marked[-1]) == ("a", "b")
    assert set(marked[1:-1]) == {"\ufffd"}


def test_colour_only_where_it_is_welcome(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert is_live(Terminal())
    assert not is_live(io.StringIO())
    assert not is_live(Terminal(), quiet=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert not is_live(Terminal())


def test_a_terminal_without_colour_gets_no_escape(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    screen = Terminal()
    console(screen).print(Text("bold", style="bold red"))
    assert screen.getvalue() == "bold\n"


def test_shown_lines_have_no_padding(capsys):
    show(Text("a   \nb "))
    assert capsys.readouterr().out == "a\nb\n"


def test_bars_are_drawn_with_what_the_stream_has(monkeypatch):
    for encoding, drawn in (("utf-8", "██▍"), ("latin-1", "##")):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(sys, "stdout", stream)
        show(Text("██▍"))
        stream.seek(0)
        assert stream.read() == f"{drawn}\n"


def test_a_live_display_writes_on_after_its_terminal_was_closed():
    from rich.live import Live

    master, slave = os.openpty()
    with os.fdopen(slave, "w", encoding="utf-8") as terminal:
        screen = console(lasting(terminal))
        with Live("before", console=screen, auto_refresh=False) as live:
            os.close(master)
            with pytest.raises(OSError, match="Input/output"):
                print("x", file=terminal, flush=True)
            live.update("after", refresh=True)
            screen.print("a line")
        assert not terminal.isatty()
