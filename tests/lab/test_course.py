"""The course: every command in docs/lab runs and draws the picture its page shows."""

import re
import shlex
from pathlib import Path

import pytest

from lmkit.cli.app import exit_code

COURSE = Path(__file__).parents[2] / "docs" / "lab"
PAGES = sorted(COURSE.glob("[1-8]-*.md"))
FURTHER = [COURSE / f"{name}.md" for name in ("variants", "gradients", "forecast")]
SHORTER = {
    "--epochs": "0.02",
    "--steps": "2",
    "--train-steps": "2",
    "--seeds": "1",
    "--origins": "2",
    "--cells": "lstm,nfg",
}


def commands(page: Path) -> list[list[str]]:
    blocks = re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines()]


def shortened(command: list[str]) -> list[str]:
    """Return a command that does the same in less time."""
    return [
        SHORTER.get(before, word) for before, word in zip(["", *command], command, strict=False)
    ]


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    train = shortened(commands(COURSE / "README.md")[0])
    train[train.index("--out") + 1] = str(folder / "lab-model")
    assert exit_code([*train, "--quiet"]) == 0
    return folder


def test_there_are_eight_pages_with_one_command_one_picture_and_one_question() -> None:
    assert len(PAGES) == 8
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert len(commands(page)) == text.count("![") == text.count("**Question.**") == 1
        (picture,) = re.findall(r"\(img/(.*?)\)", text)
        assert picture in commands(page)[0]
        assert (COURSE / "img" / picture).is_file()


@pytest.mark.parametrize("page", FURTHER, ids=lambda page: page.stem)
def test_every_picture_of_a_further_page_is_made_by_a_command_of_it(page: Path) -> None:
    drawn = {word for command in commands(page) for word in command if word.endswith(".png")}
    shown = set(re.findall(r"\(img/(.*?)\)", page.read_text(encoding="utf-8")))
    assert shown == drawn
    assert all((COURSE / "img" / picture).is_file() for picture in shown)


@pytest.mark.slow
@pytest.mark.parametrize("page", [*PAGES, *FURTHER], ids=lambda page: page.stem)
def test_the_commands_of_a_page_draw_its_pictures(
    page: Path, workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(workplace)
    for command in commands(page):
        assert exit_code([*shortened(command), "--quiet"]) == 0
        if "--plot" in command:
            assert Path(command[command.index("--plot") + 1]).stat().st_size > 1000


@pytest.mark.slow
def test_the_commands_of_the_first_page_run(
    workplace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(workplace)
    for command in commands(COURSE / "README.md")[1:]:
        assert exit_code(command) == 0
