import io
import json
import os
import stat
import sys
import time

import pexpect
import pytest

from lmkit import LanguageModel
from lmkit.terminal.repl import answer_lines, history_file
from lmkit.terminal.session import Session, Settings

NO_CPR = {"PROMPT_TOOLKIT_NO_CPR": "1"}  # pexpect does not answer where the cursor is


@pytest.fixture
def session(model_folder):
    def opened(folder, adapt):
        return LanguageModel.load(folder, adapt=adapt)

    return Session(opened, Settings(folder=str(model_folder), words=5))


def test_piped_lines_are_answered_in_turn(session, capsys):
    answer_lines(session, ["the ___ sat", "1", "", "/hlep", "/quit", "the"])
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 6
    assert "\x1b" not in shown.out
    assert shown.err.startswith("no command named 'hlep'; did you mean 'help'?")


def test_json_can_be_switched_on(session, capsys):
    answer_lines(session, ["/json on", "the cat", "?the cat", "/nonsense"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["kind"] for line in lines] == ["said", "continue", "score", "error"]


def test_control_characters_never_reach_the_terminal(session, capsys):
    answer_lines(session, ["?a \x1b[2J b", "\x1b]0;title\x07 ___", "/\x1b[31m"])
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out + shown.err
    assert "\x07" not in shown.out + shown.err


@pytest.mark.skipif(os.name == "nt", reason="files have no such modes there")
def test_the_history_is_for_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = history_file()
    path.chmod(0o644)
    assert stat.S_IMODE(history_file().stat().st_mode) == 0o600
    assert path == tmp_path / "lmkit" / "history"


@pytest.mark.slow
def test_the_real_thing_in_a_terminal(model_folder, tmp_path):
    screen = io.StringIO()
    talk = pexpect.spawn(
        sys.executable,
        ["-m", "lmkit", "repl", str(model_folder)],
        encoding="utf-8",
        dimensions=(40, 100),
        timeout=60,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path), "TERM": "xterm", **NO_CPR},
    )
    talk.logfile_read = screen
    talk.expect("›")
    time.sleep(0.5)
    talk.send("the ___ sat on the mat .\r")
    talk.expect("%")
    talk.expect("›")
    time.sleep(0.5)
    talk.send("2\r")
    talk.expect("›")
    talk.sendintr()  # clears the text that was picked
    talk.expect("Ctrl-C again leaves")
    time.sleep(0.5)
    talk.send("the cat sa")
    time.sleep(1)  # the ghost finishes the word
    talk.send("\x1b[C")  # the right arrow takes it
    talk.send("\r")
    talk.expect("›")
    time.sleep(0.5)
    talk.sendintr()
    talk.expect("Ctrl-C again leaves")
    talk.sendintr()
    talk.expect(pexpect.EOF)
    talk.close()
    assert talk.exitstatus == 0, screen.getvalue()
    kept = (tmp_path / "lmkit" / "history").read_text()
    assert "+the ___ sat on the mat ." in kept
    assert "+the cat sat" in kept or "+the cat saw" in kept
