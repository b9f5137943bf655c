"""`lmkit serve`: what is handed to the server."""

import sys

import pytest

from lmkit.cli import serve as command
from lmkit.cli.app import exit_code
from lmkit.cli.serve import KEY, without_key


@pytest.fixture
def started(monkeypatch):
    """Collect what the server would be started with."""
    found = []

    def start(app, options, *, port, on_listening):
        found.append((app, options, port))
        on_listening(f"http://{options.host}:{port}/")

    monkeypatch.setattr("lmkit.serve.run.run_server", start)
    monkeypatch.delenv(KEY, raising=False)
    return found


def test_a_server_is_started_for_this_machine(started, model_folder, capsys):
    assert exit_code(["serve", str(model_folder)]) == 0
    [(app, options, port)] = started
    assert (options.host, options.api_key, port) == ("127.0.0.1", "", 8000)
    assert [model.name for model in app.state.service.models] == [model_folder.name]
    assert "http://127.0.0.1:8000/" in capsys.readouterr().err


def test_options_are_handed_on(started, model_folder, monkeypatch):
    monkeypatch.setenv(KEY, "sesame")
    options = [
        "--host",
        "0.0.0.0",
        "--port",
        "9",
        "--allow-host",
        "a.org",
        "--cors",
        "https://b.org",
    ]
    assert exit_code(["serve", str(model_folder), *options, "--log-text"]) == 0
    [(_, found, port)] = started
    assert (found.host, port, found.api_key) == ("0.0.0.0", 9, "sesame")
    assert (found.hosts, found.origins, found.log_text) == (("a.org",), ("https://b.org",), True)


def test_an_address_others_reach_needs_a_key(started, model_folder, capsys):
    assert exit_code(["serve", str(model_folder), "--host", "0.0.0.0"]) == 2
    assert KEY in capsys.readouterr().err
    assert started == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["serve"], 2), (["serve", "/no/model"], 3), (["serve", "m", "--port", "x"], 2)],
)
def test_mistakes_end_with_their_code(started, arguments, code):
    assert exit_code(arguments) == code


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (["lmkit", "serve", "m", "--api-key", "k"], ["lmkit", "serve", "m"]),
        (["serve", "--api-key=k", "m"], ["serve", "m"]),
        (["serve", "--api-key", "--api-key", "m"], ["serve", "m"]),
        (["serve", "m", "--port", "1"], ["serve", "m", "--port", "1"]),
    ],
)
def test_the_key_is_taken_out_of_a_command_line(given, left):
    assert without_key(given) == left


def test_the_command_starts_anew_without_the_key(started, model_folder, monkeypatch):
    begun = []

    def begin(program, arguments):
        begun.append((program, arguments, command.os.environ[KEY]))
        raise KeyboardInterrupt  # as if another program went on

    monkeypatch.setenv(KEY, "")
    monkeypatch.setattr(command.os, "execv", begin)
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "lmkit", "serve", "m", "--api-key", "k"])
    exit_code(["serve", str(model_folder), "--api-key", "k"])
    assert begun == [(sys.executable, [sys.executable, "-m", "lmkit", "serve", "m"], "k")]


def test_a_key_from_elsewhere_than_the_command_line_is_used(started, model_folder, monkeypatch):
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "pytest"])
    assert exit_code(["serve", str(model_folder), "--api-key", "k"]) == 0
    assert started[0][1].api_key == "k"
