"""The novels as files: an archive or a folder, one sentence a line, always in the same shuffle."""

import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def novels(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("novels")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "texts"
    folder.mkdir()
    for number in range(6):
        text = f"The story of dog {number}\nbegan. It ended."
        (folder / f"{number}.TXT").write_text(text, encoding="utf-8")
    (folder / "6.txt").write_bytes("The café was shut.".encode("cp1252"))
    (folder / "notes.md").write_text("Not a novel.", encoding="utf-8")
    return folder


@pytest.mark.slow
def test_a_folder_and_its_archive_are_written_in_the_same_shuffle(
    novels: ModuleType, folder: Path, tmp_path: Path
) -> None:
    packed = tmp_path / "texts.tar.xz"
    with tarfile.open(packed, "w:xz") as archive:
        for path in sorted(folder.iterdir()):
            archive.add(path, arcname=f"texts/{path.name}")
    written = novels.prepare(folder, tmp_path / "a.txt", processes=2)
    novels.prepare(packed, tmp_path / "b.txt", processes=1)
    lines = (tmp_path / "a.txt").read_text(encoding="utf-8").splitlines()
    begun = [f"The story of dog {number} began." for number in range(6)]
    assert sorted(lines) == sorted([*begun, *["It ended."] * 6, "The café was shut."])
    assert lines[::2] != begun
    assert (written.novels, written.sentences) == (7, 13)
    assert written.words == sum(len(line.split()) for line in lines)
    assert (tmp_path / "b.txt").read_bytes() == (tmp_path / "a.txt").read_bytes()
