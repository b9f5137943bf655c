"""The bench of `lmkit prepare`: its text, its measurement, and that workers agree."""

import io
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SENTENCE = "The extraordinary gentleman remembered everything beautifully, he said.\n"


@pytest.fixture
def scale(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("scale")


@pytest.fixture
def novels(tmp_path: Path) -> Path:
    path = tmp_path / "novels.tar.xz"
    with tarfile.open(path, "w:xz") as archive:
        for name, content in (("a.txt", SENTENCE * 30), ("b.TXT", SENTENCE * 20), ("c.md", "no")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content.encode()))
    return path


def test_a_text_has_its_size_and_new_words_in_every_reading(
    scale: ModuleType, novels: Path, tmp_path: Path
) -> None:
    scale.write_text(novels, tmp_path / "text", 20_000)
    content = (tmp_path / "text").read_text()
    assert len(content) == 20_000
    assert content.startswith(SENTENCE * 50)
    for reading in (1, 2):
        assert f"extraordinary-{reading} gentleman-{reading}" in content
    assert "The-1" not in content


def test_an_archive_without_texts_is_refused(scale: ModuleType, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "empty.tar", "w"):
        pass
    with pytest.raises(SystemExit, match="there are no texts"):
        scale.write_text(tmp_path / "empty.tar", tmp_path / "text", 10)


@pytest.mark.slow
def test_a_small_text_is_measured_with_one_and_two_workers(
    scale: ModuleType,
    novels: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(scale, "MEGABYTE", 20_000)
    one, two = scale.measure_size(novels, 1, [1, 2], tmp_path)
    assert one.digest == two.digest
    assert one.words == two.words > 1_000
    assert one.processor_seconds > 0
    assert "2 workers" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_the_memory_and_the_time_of_children_count(
    scale: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scale, "LOOK_SECONDS", 0.001)
    inner = "sum(range(3_000_000)); print(flush=True); input()"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {inner!r}])"
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", code], stdin=pipe, stdout=pipe) as process:
        watched = scale.Watched(process.pid)
        with watched:
            assert process.stdout is not None
            process.stdout.readline()
            while not watched.processor_seconds:
                assert process.poll() is None
            members = list(scale.family(process.pid))
            assert len(members) == 2
            looks = [scale.look(member) for member in members]
        assert watched.peak_memory >= looks[0].memory + looks[1].memory > looks[0].memory > 0
        assert looks[1].ticks > 0
        process.communicate(b"\n")
    assert scale.look(process.pid) == scale.Look()
