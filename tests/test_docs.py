"""Every example of the pages runs, and every help text shown is the real one.

The pages are README.md, CONTRIBUTING.md and all of docs/.

Examples of one page run in order, in a folder with a text (`my.txt`) and a small model of it
(`my-model`). `--minutes N` is shortened, so that a page about ten minutes takes seconds.
"""

import contextlib
import io
import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from lmkit.archive.locate import bundled_models
from lmkit.cli.app import exit_code

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHORT = "0.02"
PATIENCE = 240.0  # seconds for processes that start one another; a busy machine needs some
# What a page may show and this test cannot run: installing and testing run in CI of their own.
ELSEWHERE = ("scripts/",)
HAS_BASE = "english" in bundled_models()  # its weights may be missing from a checkout
SENTENCES = (
    "the cat sat on the mat .",
    "the dog sat on the rug and the cat slept .",
    "once upon a time she opened the door of the house .",
    "i would like to go home , she said .",
    "in the morning i went to the market and bought some apples .",
    "she ate an apple every day with a cup of tea .",
    "a cup of coffee , a cup of water , a cup of tea .",
    "we went back to the house yesterday .",
    "rome is the capital of italy .",
)


def blocks(page: Path, *languages: str) -> list[str]:
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [text for language, _, text in found if language in languages]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the pages speak of."""
    folder = tmp_path_factory.mktemp("docs")
    text = "\n".join(SENTENCES * 30) + "\n"
    (folder / "my.txt").write_text(text, encoding="utf-8")
    (folder / "avoid.txt").write_text("tea\n", encoding="utf-8")
    lines = "the ___ sat on the mat .\na cup of ___\n"
    (folder / "lines.txt").write_text(lines, encoding="utf-8")
    pair = {"sentence_good": "the cat sat", "sentence_bad": "the sat cat"}
    (folder / "pairs.jsonl").write_text(json.dumps(pair) + "\n", encoding="utf-8")
    (folder / "questions.csv").write_text(
        "question,a,b,c,d,e,answer\nthe _____ sat,cat,dog,tea,door,home,a\n", encoding="utf-8"
    )
    (folder / "messages.csv").write_text("id,body\n1,the cat sat\n", encoding="utf-8")
    (folder / "lines.txt").write_text("the ___ sat\nthe cat ___\n", encoding="utf-8")
    chat = {"messages": [{"from": "Ada", "text": "the cat"}, {"from": "Bo", "text": "the tea"}]}
    (folder / "chat.json").write_text(json.dumps(chat), encoding="utf-8")
    (folder / "texts").mkdir()
    (folder / "texts" / "more.csv").write_text("id,body\n" + "1,the cat sat\n" * 30, "utf-8")
    command = [str(folder / "my.txt"), "--out", str(folder / "my-model"), "--epochs", "3", "-q"]
    assert exit_code(["train", *command]) == 0
    graphs = ["--to", "onnx", "--out", str(folder / "my-onnx"), "-q"]
    assert exit_code(["export", str(folder / "my-model"), *graphs]) == 0
    return folder


@pytest.fixture
def workplace(prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of that folder to be in, so that pages do not see each other's files."""
    folder = tmp_path / "page"
    shutil.copytree(prepared, folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    return folder


def shortened(words: list[str]) -> list[str]:
    return [
        SHORT if place and words[place - 1] == "--minutes" else word
        for place, word in enumerate(words)
    ]


def run_line(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    given = ""
    if " | " in line:
        left, line = line.rsplit(" | ", 1)
        feeder, *fed = shlex.split(left)
        assert feeder in {"echo", "cat"}, f"only echo and cat may feed a command here: {left}"
        given = " ".join(fed) + "\n" if feeder == "echo" else Path(fed[0]).read_text("utf-8")
    words = shlex.split(line, comments=True)
    is_torchrun = words[0] == "torchrun"
    assert is_torchrun or words[0] == "lmkit", f"not a command of lmkit: {line}"
    is_made = "train" in words or ("export" in words and "onnx" in words)
    if is_made and "--resume" not in words:  # a page makes what it asks
        shutil.rmtree(words[words.index("--out") + 1], ignore_errors=True)
    if is_torchrun:
        run_torchrun(shortened(words[1:]))
        return
    typed = io.TextIOWrapper(io.BytesIO(given.encode()), encoding="utf-8")
    monkeypatch.setattr(sys, "stdin", typed)
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        code = exit_code(shortened(words[1:]))
    assert code == 0, f"{line} ended with {code}: {shown.getvalue()[-500:]}"


def run_torchrun(words: list[str]) -> None:
    """Run a command in two processes: of one machine, or of two that are both this one."""
    machines, meeting = 1, []
    if "--nnodes" in words:
        machines = 2
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        words[words.index("--rdzv-endpoint") + 1] = f"127.0.0.1:{port}"
        meeting = ["--rdzv-conf", "last_call_timeout=1"]
    processes = int(words[words.index("--nproc-per-node") + 1]) * machines
    assert processes == 2, "a page shows what two processes can do"
    command = [sys.executable, "-m", "torch.distributed.run", *meeting, *words]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(machines)
    ]
    for each in started:
        said, _ = each.communicate(timeout=PATIENCE)
        assert each.returncode == 0, said.decode()[-2000:]


def commands(text: str) -> list[str]:
    joined = text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "page", [page for page in PAGES if blocks(page, "bash")], ids=lambda p: str(p.relative_to(ROOT))
)
@pytest.mark.usefixtures("workplace")
def test_the_commands_of_a_page_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for block in blocks(page, "bash"):
        for line in commands(block):
            if not line.startswith(ELSEWHERE) and (HAS_BASE or "english" not in shlex.split(line)):
                run_line(line, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if blocks(page, "python")],
    ids=lambda p: str(p.relative_to(ROOT)),
)
@pytest.mark.usefixtures("workplace")
def test_the_python_of_a_page_runs(page: Path) -> None:
    for block in blocks(page, "python"):
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block, str(page), "exec"), {"__name__": "page"})  # noqa: S102


def help_of(command: str) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as shown:
        assert exit_code([*shlex.split(command)[1:], "--help"]) == 0
    return "\n".join(line.rstrip() for line in shown.getvalue().splitlines()).strip()


def test_the_help_texts_shown_are_the_real_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    shown = re.findall(r"^```text (lmkit[^\n]*)\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert shown
    for command, text in shown:
        assert text.strip() == help_of(command), f"{command}: run scripts/reference.py"


def test_every_command_is_in_the_reference() -> None:
    page = (ROOT / "docs" / "reference" / "cli.md").read_text(encoding="utf-8")
    listed = re.findall(r"^  (\w+)  ", help_of("lmkit").split("Commands:")[1], re.MULTILINE)
    assert listed
    for command in listed:
        assert f"```text lmkit {command}\n" in page


def anchors(page: Path) -> set[str]:
    """Return the names of the headings of a page, as GitHub links to them."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.S)
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_links_between_pages_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)]+)", page.read_text(encoding="utf-8")):
            if target.startswith(("http://", "https://", "mailto:")):
                continue
            file, _, anchor = target.partition("#")
            linked = page.parent / file if file else page
            assert linked.exists(), f"{page.relative_to(ROOT)}: {target}"
            assert not anchor or anchor in anchors(linked), f"{page.relative_to(ROOT)}: {target}"


def test_pages_import_public_names_alone() -> None:
    for page in PAGES:
        for block in blocks(page, "python"):
            found = re.findall(r"^(?:from|import) (lmkit\.\S+)", block, re.MULTILINE)
            assert not found, f"{page.relative_to(ROOT)}: {', '.join(found)}"


def test_no_page_names_a_path_of_one_machine() -> None:
    home = os.path.expanduser("~")  # noqa: PTH111
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert str(ROOT) not in text
        assert f"{home}/" not in text
