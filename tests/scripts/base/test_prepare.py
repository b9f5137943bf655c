"""The text of the base: documents whole and in order, always the same."""

import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def prepare(base: Callable[[str], ModuleType], monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = base("prepare")
    monkeypatch.setattr(module, "_pydocs", lambda: iter([["A list is a sequence."]]))
    monkeypatch.setattr(module, "VALID_NOVELS", 4)
    return module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    for number in range(12):
        text = f"Dog {number} began, at last.\nIt barked. It\nended there.\n"
        (folder / f"{number:02}.TXT").write_text(text, encoding="utf-8")
    (folder / "notes.md").write_text("Not a novel.", encoding="utf-8")
    return folder


@pytest.fixture
def speech_file(tmp_path: Path) -> Path:
    path = tmp_path / "speeches.txt.xz"
    text = "AN ADDRESS TO A JOINT SESSION OF CONGRESS\nWe stand here, today.\n"
    path.write_bytes(lzma.compress(text.encode()))
    return path


def lines_of(out: Path) -> tuple[list[str], list[str]]:
    train, valid = (
        (out / name).read_text("utf-8").splitlines() for name in ("train.txt", "valid.txt")
    )
    return train, valid


def test_every_document_is_written_whole_to_one_text(
    prepare: ModuleType, folder: Path, speech_file: Path, tmp_path: Path
) -> None:
    written = prepare.prepare(folder, speech_file, tmp_path / "out")
    train, valid = lines_of(tmp_path / "out")
    for number in range(12):
        begun = [line for line in (*train, *valid) if line.startswith(f"Dog {number} ")]
        assert len(begun) == 1
        text = train if begun[0] in train else valid
        after = text[text.index(begun[0]) :]
        assert "It barked." in after[0] or "It barked" in after[1]  # in order, none between
    assert written.lines == len(train)
    assert written.words == sum(len(line.split()) for line in train)
    assert written.valid_words == sum(len(line.split()) for line in valid) > 0
    assert not any("Not a novel" in line for line in (*train, *valid))


def test_speeches_are_read_in_several_styles(
    prepare: ModuleType, folder: Path, speech_file: Path, tmp_path: Path
) -> None:
    prepare.prepare(folder, speech_file, tmp_path / "out")
    train, valid = lines_of(tmp_path / "out")
    if valid.count("We stand here, today."):
        pytest.fail("the only speech should be learned from")
    assert train.count("We stand here, today.") == 2
    assert train.count("We stand here , today .") == 1


def test_a_folder_and_its_archive_give_the_same_text(
    prepare: ModuleType, folder: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "texts.tar.xz"
    with tarfile.open(packed, "w:xz") as archive:
        for path in sorted(folder.iterdir(), reverse=True):
            archive.add(path, arcname=f"texts/{path.name}")
    prepare.prepare(folder, None, tmp_path / "a")
    prepare.prepare(packed, None, tmp_path / "b")
    assert lines_of(tmp_path / "a") == lines_of(tmp_path / "b")


def test_novels_are_spread_over_the_styles_as_asked(prepare: ModuleType) -> None:
    found = [prepare.style_of(f"{number}.TXT") for number in range(2000)]
    for style, fraction in prepare.NOVEL_STYLES.items():
        assert found.count(style) / len(found) == pytest.approx(fraction, abs=0.05)
    assert sum(prepare.NOVEL_STYLES.values()) == pytest.approx(1.0)
