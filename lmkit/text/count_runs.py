"""Counts of tokens on the disk, added up in bounded memory.

A run is a file of counts in the order of a hash of their tokens: 1024 buckets, the same in every
run. Runs are added up some buckets at a time, so that few counts are held however many there are,
and the buckets can be spread over processes. Nothing is left out: the sums are exact.
"""

import os
import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from lmkit.core.errors import DataError
from lmkit.core.files import atomic_path

BUCKETS = 1 << 10
ENTRIES_AT_ONCE = 500_000  # counts added up together, about
FEW_ENTRIES = 20_000  # counts that are not worth a process of their own
_NUMBER = np.dtype("<i8")
_HEAD = 2 * (
    BUCKETS + 1
)  # numbers: the first entry, and the first byte, of each bucket and the end

Entry = tuple[str, int]  # a token and its count
Numbers = npt.NDArray[np.int64]


def write_run(counts: Mapping[str, int], path: Path) -> None:
    """Write counts to a file, whole or not at all.

    Args:
        counts: How often each token was read, less than 0 to take away; no token has a line end.
        path: The file.
    """
    tokens = [token.encode() for token in counts]
    buckets = np.fromiter(map(_bucket, tokens), dtype=np.int64, count=len(tokens))
    order = np.argsort(buckets, kind="stable")
    sizes = np.fromiter(map(len, tokens), dtype=np.int64, count=len(tokens))[order] + 1
    numbers = np.fromiter(counts.values(), dtype=_NUMBER, count=len(tokens))[order]
    entries = np.searchsorted(buckets[order], np.arange(BUCKETS + 1))
    places = np.concatenate([[0], np.cumsum(sizes)])[entries]
    with atomic_path(path) as partial, partial.open("wb") as file:
        file.write(np.concatenate([entries, places]).astype(_NUMBER).tobytes())
        file.write(numbers.tobytes())
        file.writelines(tokens[place] + b"\n" for place in order)


def bucket_ranges(
    runs: Sequence[Path], *, entries: int | None = None, ranges: int = 1
) -> list[tuple[int, int]]:
    """Return ranges of buckets that hold about so many counts each, in all runs together.

    Args:
        runs: Files that `write_run` wrote.
        entries: Counts of a range; more only where one bucket has more. None: ENTRIES_AT_ONCE.
        ranges: Number of ranges wanted at least, for as many processes; fewer are made of few
            counts, which are quicker added up than spread.

    Raises:
        DataError: If a run is damaged.
    """
    held = sum((np.diff(_head(run)[: BUCKETS + 1]) for run in runs), np.zeros(BUCKETS, np.int64))
    entries = ENTRIES_AT_ONCE if entries is None else entries
    entries = min(entries, max(FEW_ENTRIES, -(-int(held.sum()) // ranges)))
    found, low = [], 0
    for high, total in enumerate(accumulate(held.tolist()), start=1):
        before = int(held[:low].sum())
        if total - before >= entries or high == BUCKETS:
            found.append((low, high))
            low = high
    return found if low == BUCKETS else [*found, (low, BUCKETS)]


def sums_of_buckets(runs: Sequence[Path], buckets: tuple[int, int]) -> dict[str, int]:
    """Add up the counts of some buckets.

    Args:
        runs: Files that `write_run` wrote.
        buckets: The first, and the one after the last.

    Raises:
        DataError: If a run is damaged.
    """
    sums: dict[str, int] = {}
    for run in runs:
        for token, count in _entries(run, *buckets):
            sums[token] = sums.get(token, 0) + count
    return sums


def _bucket(token: bytes) -> int:
    return zlib.crc32(token) % BUCKETS


def _head(run: Path) -> Numbers:
    """Return where the buckets of a run begin: in entries, then in bytes."""
    with _opened(run) as file:
        head = _read_numbers(file, _HEAD, run)
        size = file.seek(0, os.SEEK_END)
    entries, places = head[: BUCKETS + 1], head[BUCKETS + 1 :]
    rises = min(np.diff(entries).min(), np.diff(places).min(), entries[0], places[0]) >= 0
    if not rises or size != (_HEAD + int(entries[-1])) * _NUMBER.itemsize + int(places[-1]):
        raise _damage(run)
    return head


def _entries(run: Path, low: int, high: int) -> Iterator[Entry]:
    """Yield the counts of some buckets of a run."""
    head = _head(run)
    entries, places = head[: BUCKETS + 1], head[BUCKETS + 1 :]
    with _opened(run) as file:
        file.seek((_HEAD + int(entries[low])) * _NUMBER.itemsize)
        counts = _read_numbers(file, int(entries[high] - entries[low]), run)
        file.seek((_HEAD + int(entries[-1])) * _NUMBER.itemsize + int(places[low]))
        spelled = file.read(int(places[high] - places[low]))
    try:
        tokens = spelled.decode().split("\n")[:-1]
    except UnicodeDecodeError:
        raise _damage(run) from None
    if len(tokens) != len(counts):
        raise _damage(run)
    yield from zip(tokens, counts.tolist(), strict=True)


def _opened(run: Path) -> BinaryIO:
    try:
        return run.open("rb")
    except OSError as error:
        raise DataError(f"cannot read the counts in {run}: {error.strerror or error}") from error


def _read_numbers(file: BinaryIO, count: int, run: Path) -> Numbers:
    content = file.read(count * _NUMBER.itemsize)
    if len(content) != count * _NUMBER.itemsize:
        raise _damage(run)
    return np.frombuffer(content, dtype=_NUMBER).astype(np.int64)


def _damage(run: Path) -> DataError:
    return DataError(f"the counts in {run} are damaged; delete that file and prepare again")
