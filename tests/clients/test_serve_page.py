"""The examples of docs/how-to/serve.md run against a server."""

import contextlib
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("fastapi", reason="the extra serve is not installed")

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "serve.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
URL = "http://127.0.0.1:8000"


def blocks(language: str) -> list[str]:
    return [text for found, text in BLOCK.findall(PAGE) if found == language]


def commands(program: str) -> list[str]:
    """Return the commands of the page that begin with a program."""
    lines = "".join(blocks("console")).replace("\\\n", " ").splitlines()
    return [line.removeprefix("$ ") for line in lines if line.startswith(f"$ {program}")]


def with_server(text: str, server: str) -> str:
    return text.replace(URL, server).replace("my-model", "cats")


@pytest.mark.parametrize("command", commands("curl"))
def test_a_command_of_curl_is_answered(command: str, server: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    shown = subprocess.run(
        ["sh", "-c", with_server(f"{command} --silent --fail --max-time 60", server)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "error" not in shown
    assert shown.endswith("data: [DONE]\n\n") or json.loads(shown)


def test_the_python_of_the_clients_runs(server: str) -> None:
    pytest.importorskip("openai", reason="the package openai is not installed")
    (example,) = (text for text in blocks("py") if "openai" in text)
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        exec(compile(with_server(example, server), "page", "exec"), {"__name__": "page"})  # noqa: S102
    text, total = shown.getvalue().rsplit("\n", 2)[:2]
    assert text
    assert float(total) < 0


def test_the_python_of_the_server_runs(model_folder: Path) -> None:
    (example,) = (text for text in blocks("py") if "create_app" in text)
    names: dict[str, object] = {"__name__": "page"}
    code = example.replace('"my-model"', repr(str(model_folder)))
    exec(compile(code, "page", "exec"), names)  # noqa: S102
    assert names["app"] is not None


def test_the_files_for_other_programs_can_be_read() -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML comes with the extra clients")
    served, task = (yaml.safe_load(text) for text in blocks("yaml"))
    assert served[0]["completion"] is True
    assert task["doc_to_choice"] == "{{[sentence_good, sentence_bad]}}"


def test_the_container_is_built_from_files_that_there_are() -> None:
    text = (ROOT / "scripts" / "Containerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    assert len(names) == 6
    assert all((ROOT / name).exists() for name in names)


def test_every_command_of_lmkit_on_the_page_has_options_that_there_are() -> None:
    from lmkit.cli.app import exit_code

    with contextlib.redirect_stdout(io.StringIO()) as shown:
        assert exit_code(["serve", "--help"]) == 0
    used = {word for line in commands("lmkit serve") for word in line.split() if word[:2] == "--"}
    used |= set(re.findall(r"(?<=lmkit serve )my-model (--[\w-]+)", PAGE))
    assert used
    assert all(option in shown.getvalue() for option in used)
