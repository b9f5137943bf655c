import io
import json
import os
import shutil
import signal
import stat
import sys
import time
from pathlib import Path

import pexpect
import pytest

from lmkit import LanguageModel, ModelOptions
from lmkit.archive.options import choose_adapters
from lmkit.core import private_files
from lmkit.session import Session, Settings
from lmkit.session.settings import FITTED
from lmkit.terminal.repl import _history, answer_lines, history_file, run_repl

LINE_TAKEN = "\x1b[?2004l"  # what the prompt writes when it has given its line away
NO_CPR = {"PROMPT_TOOLKIT_NO_CPR": "1"}  # pexpect does not answer where the cursor is


@pytest.fixture
def session(model_folder):
    def opened(folder, adapt):
        adapters = choose_adapters((), adapt=None if adapt == FITTED else adapt)
        return LanguageModel.load(folder, ModelOptions(adapters=adapters))

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


def test_what_was_typed_last_is_learnt_when_the_lines_end(session, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"/learn on\nthe cat sat\n")))
    run_repl(session)
    assert (tmp_path / "lmkit" / "typed.txt").read_text() == "the cat sat\n"


def test_unknown_words_are_named_beside_the_answer(session, capsys):
    answer_lines(session, ["The cat", "the cat"])
    assert capsys.readouterr().err == "read as known words: The as the\n"


def test_a_notice_is_part_of_the_json(session, capsys):
    answer_lines(session, ["/json on", "The cat"])
    shown = capsys.readouterr()
    assert json.loads(shown.out.splitlines()[-1])["notice"] == "read as known words: The as the"
    assert shown.err == ""


@pytest.mark.parametrize("quiet", [True, False])
def test_a_model_that_reads_backward_says_what_it_can_do(session, capsys, monkeypatch, quiet):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    session.reads_forward = False
    run_repl(session, quiet=quiet)
    assert ("it fills blanks" in capsys.readouterr().err) is not quiet


def test_without_a_home_the_history_is_temporary_and_that_is_said(caplog, monkeypatch):
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "expanduser", _no_home)
    private_files._temporary_state.cache_clear()
    history = _history()
    private_files._temporary_state.cache_clear()
    assert history.is_file()
    assert "there is no home folder" in caplog.text
    shutil.rmtree(history.parent)


def _no_home(_path):
    raise RuntimeError("Could not determine home directory.")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything may be written")
def test_a_history_that_cannot_be_written_is_said(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "shut"))
    (tmp_path / "shut").mkdir(mode=0o500)
    assert _history() is None
    assert capsys.readouterr().err.startswith("the history is not stored: ")


def hear_interrupts():
    """Undo what a shell does to what it runs in the background, these tests perhaps among it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def talk(model_folder, tmp_path):
    """The REPL in a pseudo-terminal, at its first prompt."""
    environment = {
        **os.environ,
        "XDG_STATE_HOME": str(tmp_path),
        "TERM": "xterm",
        "OMP_NUM_THREADS": "1",
        "EDITOR": "sh -c 'echo a dog saw the cat > $0'",
        **NO_CPR,
    }
    child = pexpect.spawn(
        sys.executable,
        ["-m", "lmkit", "repl", str(model_folder)],
        encoding="utf-8",
        dimensions=(40, 100),
        timeout=120,
        env=environment,
        preexec_fn=hear_interrupts,
    )
    child.logfile_read = io.StringIO()
    child.expect("›")
    time.sleep(0.5)
    yield child
    child.close(force=True)


def leave(talk):
    """Press Ctrl-C twice, the second at an empty line, and return what was on the screen."""
    talk.sendintr()
    talk.expect("Ctrl-C again ends the session")
    time.sleep(0.5)
    talk.sendintr()
    talk.expect(pexpect.EOF)
    talk.close()
    shown = talk.logfile_read.getvalue()
    assert talk.exitstatus == 0, shown
    return shown


@pytest.mark.slow
def test_the_real_thing_in_a_terminal(talk, tmp_path):
    talk.send("the ___ sat on the mat .\r")
    talk.expect("%")
    talk.expect("›")
    time.sleep(0.5)
    talk.send("2\r")
    talk.expect("›")
    talk.sendintr()  # clears the text that was picked
    talk.expect("Ctrl-C again ends the session")
    time.sleep(0.5)
    talk.send("no, not this")
    time.sleep(0.5)
    talk.sendintr()  # clears what was typed since: only at an empty line does it leave
    talk.expect("Ctrl-C again ends the session")
    time.sleep(0.5)
    talk.send("the cat sa")
    time.sleep(1)  # the ghost finishes the word
    talk.send("\x1b[C")  # the right arrow takes it
    talk.send("\r")
    talk.expect("›")
    time.sleep(0.5)
    leave(talk)
    kept = (tmp_path / "lmkit" / "history").read_text()
    assert "+the ___ sat on the mat ." in kept
    assert "+the cat sat" in kept or "+the cat saw" in kept


@pytest.mark.slow
@pytest.mark.parametrize("typed", ["the cat sa", "/words 10000\rthe dog ran\r"])
def test_a_closed_terminal_ends_it_without_a_word(model_folder, tmp_path, typed):
    errors = tmp_path / "errors.txt"
    command = f"exec {sys.executable} -m lmkit repl {model_folder} 2> {errors}"
    talk = pexpect.spawn(
        "/bin/sh",
        ["-c", command],
        encoding="utf-8",
        timeout=120,
        env={**os.environ, "XDG_STATE_HOME": str(tmp_path), "TERM": "xterm", **NO_CPR},
        preexec_fn=hear_interrupts,
    )
    talk.expect("›")
    talk.send(typed)
    if typed.endswith("\r"):
        talk.expect("continuations")
    talk.ptyproc.fileobj.close()  # the kernel hangs up on what ran there
    _, status = os.waitpid(talk.pid, 0)
    assert os.waitstatus_to_exitcode(status) in (0, 1, -signal.SIGHUP)
    assert "Traceback" not in errors.read_text()


@pytest.mark.slow
def test_ctrl_c_stops_an_answer_and_keeps_the_text(talk):
    talk.send("/words 10000\r")
    talk.expect("continuations of 10000 words")
    talk.expect("›")
    time.sleep(0.5)
    talk.send("the dog ran\r")
    talk.expect_exact(LINE_TAKEN)
    time.sleep(0.2)
    talk.sendintr()
    talk.expect("stopped")
    talk.expect("the dog ran")
    time.sleep(0.5)
    shown = leave(talk)
    assert "Traceback" not in shown


@pytest.mark.slow
def test_lines_are_many_searched_and_edited(talk, tmp_path):
    talk.send("the cat\x1b\rsat on\r")  # Alt-Enter begins a new line
    talk.expect("%")
    talk.expect("›")
    time.sleep(0.5)
    talk.send("\x12cat")  # Ctrl-R
    talk.expect("i-search")
    time.sleep(0.5)
    talk.send("\x07")
    time.sleep(0.5)
    talk.send("\x18\x05")  # Ctrl-X Ctrl-E
    talk.expect("a dog saw the cat")
    time.sleep(0.5)
    talk.send("\r")
    talk.expect("%")
    talk.expect("›")
    time.sleep(0.5)
    leave(talk)
    kept = (tmp_path / "lmkit" / "history").read_text()
    assert "+the cat\n+sat on\n" in kept
    assert "+a dog saw the cat\n" in kept
