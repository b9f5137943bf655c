"""Measure `lmkit prepare` on texts of 10 MB to 2 GB, with one worker and with several.

    python scripts/bench/scale.py novels.tar.xz --sizes 10,100,500,2000 --workers 1,2

The text is that of the novels, again and again; from the second time on, long words carry the
number of the reading, so that new words never end, as in a real text of that size. For each size
and number of workers: megabytes of normalised text per second, seconds of processor time, and the
peak memory of all processes together. The ids of several workers must be those of one.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

from lmkit.bench.machine import measure_machine

LONG_WORD = re.compile(rb"\b[a-z]{9,}\b")
MEGABYTE = 1_000_000
LOOK_SECONDS = 0.05  # between two looks at the memory
FILES = ("train.bin", "valid.bin", "tokenizer.json")


@dataclass(frozen=True, slots=True)
class Measured:
    """Figures of one preparation."""

    megabytes: int  # of the source
    workers: int
    seconds: float
    processor_seconds: float  # of all processes
    megabytes_per_second: float
    megabytes_per_processor_second: float
    started_megabytes_per_second: float  # by the command's own clock, without the start of Python
    peak_memory: int  # MB, resident, of all processes together
    parts: int
    words: int
    vocabulary: int
    digest: str  # of the ids


def main() -> None:
    """Write the texts, prepare them, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_AsWritten)
    parser.add_argument("novels", type=Path, help="an archive (.tar.xz) of plain texts")
    parser.add_argument("--sizes", default="10,100,500,2000", help="MB, with commas between")
    parser.add_argument("--workers", default="1,2", help="numbers, with commas between")
    parser.add_argument("--folder", type=Path, help="for texts and ids [default: a temporary one]")
    parser.add_argument("--out", type=Path, help="JSON file of the figures")
    asked = parser.parse_args()
    sizes = [int(size) for size in asked.sizes.split(",")]
    workers = [int(number) for number in asked.workers.split(",")]
    machine = measure_machine()
    with tempfile.TemporaryDirectory(prefix="lmkit-scale-", dir=asked.folder) as scratch:
        found = [
            figures
            for size in sizes
            for figures in measure_size(asked.novels, size, workers, Path(scratch))
        ]
    if asked.out:
        content = {"machine": asdict(machine), "figures": [asdict(each) for each in found]}
        asked.out.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


_AsWritten = argparse.RawDescriptionHelpFormatter


def measure_size(
    novels: Path, megabytes: int, workers: list[int], folder: Path
) -> Iterator[Measured]:
    """Prepare a text of one size with each number of workers, and compare the ids."""
    text = folder / f"{megabytes}.txt"
    write_text(novels, text, megabytes * MEGABYTE)
    first = None
    for number in workers:
        figures = measure(text, folder / "ids", megabytes=megabytes, workers=number)
        first = first or figures
        if figures.digest != first.digest:
            sys.exit(f"{number} workers made other ids than {first.workers} of {megabytes} MB")
        ratio = figures.megabytes_per_second / first.megabytes_per_second
        print(
            f"{megabytes:5} MB  {number} worker{'s' * (number > 1):1}  "
            f"{figures.megabytes_per_second:6.2f} MB/s ({ratio:.2f} x; once started "
            f"{figures.started_megabytes_per_second:.2f})  "
            f"{figures.megabytes_per_processor_second:5.2f} MB per processor second  "
            f"{figures.peak_memory:5} MB memory  {figures.vocabulary:,} ids  "
            f"{figures.words:,} words",
            flush=True,
        )
        yield figures
    text.unlink()


def measure(text: Path, out: Path, *, megabytes: int, workers: int) -> Measured:
    """Prepare a text in a process of its own."""
    shutil.rmtree(out, ignore_errors=True)
    command = [sys.executable, "-m", "lmkit", "prepare", str(text), "--out", str(out), "--json"]
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, "--workers", str(workers)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        watched = Watched(process.pid)
        with watched:
            printed = process.stdout.read() if process.stdout else b"{}"
            status = process.wait()
    seconds = time.perf_counter() - began
    if status:
        sys.exit(f"{' '.join(command)} failed")
    answer = json.loads(printed)
    processor = watched.processor_seconds
    return Measured(
        megabytes=megabytes,
        workers=workers,
        seconds=round(seconds, 2),
        processor_seconds=round(processor, 2),
        megabytes_per_second=round(answer["megabytes"] / seconds, 3),
        megabytes_per_processor_second=round(answer["megabytes"] / processor, 3),
        started_megabytes_per_second=round(answer["megabytes_per_second"], 3),
        peak_memory=watched.peak_memory // MEGABYTE,
        parts=answer["parts"],
        words=answer["words"],
        vocabulary=answer["vocabulary"],
        digest=digest_of(out),
    )


class Watched:
    """Memory and processor time of a process and those it started, looked at again and again.

    What a process computes after the last look at it, some hundredths of a second, is not counted.

    Attributes:
        peak_memory: Most bytes held together; what processes share counts for each.
    """

    def __init__(self, pid: int) -> None:
        self.peak_memory = 0
        self._pid = pid
        self._ticks: dict[int, int] = {}
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    @property
    def processor_seconds(self) -> float:
        """Processor time of all processes together."""
        return sum(self._ticks.values()) / os.sysconf("SC_CLK_TCK")

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ends.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ends.wait(LOOK_SECONDS):
            looks = {pid: look(pid) for pid in family(self._pid)}
            self.peak_memory = max(self.peak_memory, sum(seen.memory for seen in looks.values()))
            self._ticks |= {pid: seen.ticks for pid, seen in looks.items() if seen.ticks}


@dataclass(frozen=True, slots=True)
class Look:
    """State of a process at one moment; zeros where it has ended."""

    memory: int = 0  # bytes, resident
    ticks: int = 0  # of processor time


def look(pid: int) -> Look:
    """Look at a process."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
        fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except (OSError, IndexError, UnicodeDecodeError):
        return Look()
    return Look(pages * os.sysconf("SC_PAGE_SIZE"), int(fields[11]) + int(fields[12]))


def family(pid: int) -> Iterator[int]:
    """Yield a process and all that it started."""
    yield pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:
        return
    for child in children:
        yield from family(int(child))


def write_text(novels: Path, target: Path, size: int) -> None:
    """Write so many bytes of novels, again and again, words of later readings decorated."""
    held = 0
    with target.open("wb") as file:
        for reading in count():
            for novel in raw_novels(novels):
                piece = decorated(novel, reading)[: size - held]
                held += file.write(piece)
                if held >= size:
                    return
            if not held:
                sys.exit(f"there are no texts in {novels}")


def decorated(novel: bytes, reading: int) -> bytes:
    """Return a novel as UTF-8, its long words marked with the number of the reading."""
    text = novel.decode("utf-8", "replace").encode()
    if not reading:
        return text
    mark = b"-%d" % reading
    return LONG_WORD.sub(lambda match: match.group() + mark, text)


def raw_novels(novels: Path) -> Iterator[bytes]:
    """Yield the bytes of each text of an archive."""
    with tarfile.open(novels, "r|*") as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file is not None and member.name.lower().endswith(".txt"):
                yield file.read()


def digest_of(folder: Path) -> str:
    """Return a checksum of the ids and the vocabulary."""
    whole = hashlib.sha256()
    for name in FILES:
        with (folder / name).open("rb") as file:
            whole.update(hashlib.file_digest(file, "sha256").digest())
    return whole.hexdigest()


if __name__ == "__main__":
    main()
