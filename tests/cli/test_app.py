import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from lmkit import __version__
from lmkit.cli import app as command_line
from lmkit.cli.app import app, app_for, exit_code, run
from lmkit.core.errors import DataError, LmkitError, ModelError, UsageError

COMMANDS = [info.name for info in app.registered_commands]
FULL = Path("/dev/full")
WITHOUT_TORCH = """
import sys
from lmkit.cli.app import exit_code
code = exit_code(sys.argv[1:])
assert "torch" not in sys.modules, "torch was loaded"
assert "prompt_toolkit" not in sys.modules, "prompt_toolkit was loaded"
sys.exit(code)
"""


@pytest.fixture
def typed(tmp_path):
    file = tmp_path / "typed.txt"
    file.write_text("a line\n")
    return str(file)


def lmkit(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "lmkit", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        **options,
    )


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--help"], 0), (["trian"], 2), (["train", "--help"], 0), ([], 0)]
)
def test_help_and_typos_load_no_torch(arguments, code):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *arguments], capture_output=True, check=False
    )
    assert done.returncode == code, done.stderr.decode()


def test_a_command_loads_no_module_of_another():
    program = """
import sys
from lmkit.cli.app import exit_code
exit_code(["info", "--help"])
print(sorted(name for name in sys.modules if name.startswith("lmkit.cli.")), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    loaded = set(re.findall(r"lmkit\.cli\.(\w+)", done.stderr.decode()))
    known = {"app", "emit", "hints", "info", "interrupt", "loading", "options", "shared_options"}
    assert loaded == known


def test_the_command_line_of_one_command_is_that_of_all_with_the_others_left_out():
    whole = typer.main.get_command(app)
    assert list(whole.commands) == list(command_line.COMMANDS)
    for name in command_line.COMMANDS:
        alone = typer.main.get_command(app_for([name, "--help"]))
        assert list(alone.commands) == [name]
        ours, theirs = alone.commands[name], whole.commands[name]
        assert [p.opts for p in ours.params] == [p.opts for p in theirs.params]
        assert (ours.help, ours.name) == (theirs.help, theirs.name)
    for first in (["--help"], ["trian"], [], ["--version"]):
        assert len(typer.main.get_command(app_for(first)).commands) == len(COMMANDS)


def test_an_unknown_name_of_the_module_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        getattr(command_line, "nonsense")  # noqa: B009


def test_completion_knows_every_command_and_every_option():
    def completed(words):
        variables = {
            "_LMKIT_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(words.count(" ")),
        }
        return lmkit(env={**os.environ, **variables}).stdout.split()

    assert completed("lmkit ") == COMMANDS
    assert completed("lmkit ge") == ["generate"]
    assert "--minutes" in completed("lmkit train --m")


def test_the_real_command_shows_its_help():
    done = lmkit("--help")
    assert done.returncode == 0
    assert all(name in done.stdout for name in COMMANDS)
    assert done.stderr == ""


def test_a_mistyped_command_names_the_nearest():
    done = lmkit("complet")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert "did you mean 'complete'" in done.stderr


def test_a_mistyped_option_names_the_nearest(capsys):
    assert exit_code(["train", "my.txt", "--minuets", "3"]) == 2
    assert "no such option: --minuets; did you mean --minutes" in capsys.readouterr().err


def test_the_version_is_data(capsys):
    assert exit_code(["--version"]) == 0
    assert capsys.readouterr().out == f"lmkit {__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name, capsys):
    assert exit_code([name, "--help"]) == 0
    shown = capsys.readouterr().out
    assert f"\n    lmkit {name}" in shown
    assert max(map(len, shown.splitlines())) <= 100


@pytest.mark.parametrize("name", COMMANDS)
def test_no_help_line_of_the_list_is_cut_short(name, capsys):
    exit_code(["--help"])
    listed = [
        line for line in capsys.readouterr().out.splitlines() if line.startswith(f"  {name} ")
    ]
    assert len(listed) == 1
    assert not listed[0].endswith("...")


@pytest.mark.parametrize(
    "arguments",
    [
        ["fill"],
        ["fill", "folder", "--tpo", "3"],
        ["next", "folder", "text", "-k", "0"],
        ["next", "folder", "text", "-k", "many"],
        ["next", "folder", "text", "--adapt", "cash"],
        ["train", "text.txt"],
        ["train", "text.txt", "--out", "x", "--unit", "syllable"],
        ["evaluate", "folder"],
        ["evaluate", "folder", "--text", "a", "--cloze", "b"],
        ["evaluate", "folder", "more.txt", "--text", "a"],
        ["fill", "folder", "a ___", "--choices", " , "],
        ["--unknown"],
    ],
)
def test_a_request_that_cannot_be_is_one_sentence(arguments, capsys):
    assert exit_code(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("lmkit: ")
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [(LmkitError, 1), (UsageError, 2), (ModelError, 3), (DataError, 4), (KeyboardInterrupt, 130)],
)
def test_each_error_has_its_exit_code(error, code, monkeypatch, capsys):
    monkeypatch.setattr(command_line, "app_for", lambda _: raising(error("no such thing\x1b[2J")))
    assert exit_code(["info", "x"]) == code
    assert capsys.readouterr().err.count("\n") == 1


def test_a_bug_shows_its_traceback(monkeypatch):
    monkeypatch.setattr(command_line, "app_for", lambda _: raising(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        exit_code(["info", "x"])


def test_run_leaves_with_the_exit_code(monkeypatch):
    monkeypatch.setattr(command_line, "app_for", lambda _: lambda *_, **__: 130)
    with pytest.raises(SystemExit) as left:
        run(["train"])
    assert left.value.code == 130


@pytest.mark.skipif(os.name == "nt", reason="pipes end differently there")
def test_a_reader_that_leaves_early_hears_nothing():
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "lmkit", "--help"],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert done.stderr == b""


@pytest.mark.skipif(os.name == "nt", reason="pipes end differently there")
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_command_whose_reader_left_early_ends_well(stream, typed):
    reader, writer = os.pipe()
    os.close(reader)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: writer}
    command = [sys.executable, "-m", "lmkit", "personal", "show", "--file", typed]
    done = subprocess.run(command, **streams, text=True, check=False)
    os.close(writer)
    assert done.returncode == 0
    assert done.stdout == ("a line\n" if stream == "stderr" else None)


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.skipif(os.name == "nt", reason="there is no such shell")
def test_a_stream_that_was_never_open_leads_nowhere(closed, typed):
    def code(arguments):
        command = f"{sys.executable} -m lmkit {arguments} {closed}"
        return subprocess.run(["sh", "-c", command], capture_output=True, check=False).returncode

    assert code(f"personal show --file {typed}") == 0
    assert code("fill") == 2


def test_a_stream_that_speaks_only_ascii_is_no_bug():
    done = lmkit("--help", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest.mark.skipif(not FULL.exists(), reason="no device stands for a full disk")
def test_a_full_disk_is_one_sentence():
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "lmkit", "--version"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "lmkit: the system refused: No space left on device\n"


def test_an_interrupt_is_one_sentence(tmp_path, monkeypatch, capsys):
    class Typing:
        @property
        def buffer(self):
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "stdin", Typing())
    assert exit_code(["personal", "learn", "--file", str(tmp_path / "typed.txt")]) == 130
    assert capsys.readouterr().err == "lmkit: interrupted\n"
