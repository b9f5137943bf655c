"""Counter of the tokens of a text in bounded memory: what is too much for it goes to the disk.

Words are counted first, and each is then cut into tokens once, however often and wherever it was
read. So there are two kinds of runs on the disk: of words, which come from the text, and of tokens.
"""

import itertools
import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from pathlib import Path

from lmkit.core.errors import LmkitError
from lmkit.text.count_runs import Entry, bucket_ranges, sums_of_buckets, write_run
from lmkit.text.word_cache import batched_words, spaced_words, spelling
from lmkit.text.words import LINE_END

MOST_WORDS = 300_000  # different ones, counted in memory
MOST_CHARACTERS = 8_000_000  # of blocks with many new words, after which they go to the disk
_MANY_NEW = 0.01  # new words for each character of a block
_LONG = 40  # characters of a word, on average

Cut = Callable[[str], list[str]]  # a text to tokens; quicker where all of it is ASCII


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The tokens that are wanted of a text.

    Attributes:
        most: Number of tokens at most, the most frequent.
        fewest: Count from which on a token is wanted.
        never: Tokens that are not wanted.
    """

    most: int
    fewest: int = 1
    never: frozenset[str] = frozenset()

    def best(self, entries: Iterable[Entry]) -> list[Entry]:
        """Return the wanted ones of some entries, the most frequent first, ties by spelling."""
        fit = (entry for entry in entries if entry[1] >= self.fewest and entry[0] not in self.never)
        return nsmallest(self.most, fit, key=_rank)


class TokenCounter:
    """Counts of the tokens of a text, line ends left out."""

    def __init__(
        self, cut: Cut, *, runs: Path | None = None, most: int | None = None, sign: int = 1
    ) -> None:
        """Begin with nothing counted.

        Args:
            cut: Cuts a text into tokens; none reaches over a space or a line end.
            runs: Path whose name, a number added, is that of each file of counts of words; None
                takes a temporary folder, if files are needed at all.
            most: Different words that are held in memory, about; None: MOST_WORDS.
            sign: -1 counts what is to be taken away from other counts.
        """
        self._cut = cut
        self._most = MOST_WORDS if most is None else most
        self._sign = sign
        self._words: Counter[str] = Counter()
        self._new = 0  # characters of blocks with many new words
        self._place = runs
        self._runs: list[Path] = []
        self._tokens: Counter[str] | list[Path] | None = None
        self._total = 0
        self._folder: Path | None = None  # a temporary one

    def add(self, blocks: Iterable[str]) -> None:
        """Count an opened text.

        Args:
            blocks: Parts of the text as `cut_text` makes them; read once.

        Raises:
            LmkitError: If the disk takes no more counts.
        """
        for block in blocks:
            self._add(block)

    def finish(self) -> list[Path]:
        """Return files that hold the counts of all words: those written, and the rest."""
        if self._words or not self._runs:
            self._spill()
        return self._runs

    @property
    def total(self) -> int:
        """Tokens counted."""
        self._cut_all()
        return self._total

    def most_frequent(self, wanted: Wanted) -> list[Entry]:
        """Return the wanted tokens with their counts, the most frequent first.

        Args:
            wanted: The tokens wanted.
        """
        tokens = self._cut_all()
        if isinstance(tokens, list):
            return most_frequent(tokens, wanted)
        return wanted.best(tokens.items())

    def _add(self, block: str) -> None:
        """Count a part of an opened text; if memory holds too many words, all go to the disk."""
        before, words = len(self._words), spaced_words(block)
        self._words.update(words)
        new = len(self._words) - before
        if new > len(block) * _MANY_NEW or (new and len(block) > len(words) * _LONG):
            self._new += len(block)
        if len(self._words) > self._most or self._new > MOST_CHARACTERS:
            self._spill()

    def _cut_all(self) -> Counter[str] | list[Path]:
        """Cut all words; the tokens are counted in memory if the words were."""
        if self._tokens is not None:
            return self._tokens
        if not self._runs:
            self._tokens = cut_counts(self._counts().items(), self._cut)
            self._total = self._tokens.total()
            return self._tokens
        words, found = self.finish(), list[Path]()
        for number, buckets in enumerate(bucket_ranges(words)):
            tokens = cut_counts(sums_of_buckets(words, buckets).items(), self._cut)
            self._total += tokens.total()
            write_run(tokens, self._path("tokens", number))
            found.append(self._path("tokens", number))
        self._tokens = found
        return found

    def _spill(self) -> None:
        """Write the counts to the disk and begin anew."""
        counts = self._counts()
        path = self._path("counts", len(self._runs))
        try:
            write_run(counts, path)
        except LmkitError as error:
            raise LmkitError(f"the words of the text need room on the disk: {error}") from error
        self._runs.append(path)
        self._words, self._new = Counter(), 0

    def _counts(self) -> dict[str, int]:
        """Return the counts in memory, of words as they stand in the text."""
        self._words.pop(LINE_END, None)
        return {spelling(word): self._sign * count for word, count in self._words.items()}

    def _path(self, kind: str, number: int) -> Path:
        """Return the path of a file, in the place that was named or in a temporary folder."""
        if self._place is None or kind == "tokens":
            if self._folder is None:
                self._folder = Path(tempfile.mkdtemp(prefix="lmkit-"))
                weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
            return self._folder / f"{kind}-{number}"
        return self._place.with_name(f"{self._place.name}-{number}")


def cut_counts(words: Iterable[Entry], cut: Cut) -> Counter[str]:
    """Cut words into tokens.

    Args:
        words: Words as they stand in a text, with their counts; those of 0 are left out.
        cut: Cuts a text into tokens.

    Returns:
        How often each token stands in so many words; line ends are left out.
    """
    counts: Counter[str] = Counter()
    # Words that occur equally often are cut together: a call for each would cost more.
    by_count = sorted(words, key=_kind)
    for kind, group in itertools.groupby(by_count, key=_kind):
        if count := kind >> 1:
            for batch in batched_words(word for word, _ in group):
                for token, times in Counter(cut(batch)).items():
                    counts[token] += count * times
    counts.pop(LINE_END, None)  # they part the words of a batch
    return counts


def best_of_buckets(runs: Sequence[Path], buckets: tuple[int, int], wanted: Wanted) -> list[Entry]:
    """Add up the counts of some buckets and return the wanted tokens among them.

    Args:
        runs: Files that `write_run` wrote.
        buckets: The first, and the one after the last.
        wanted: The tokens wanted.

    Raises:
        DataError: If a run is damaged.
    """
    return wanted.best(sums_of_buckets(runs, buckets).items())


def most_frequent(
    runs: Sequence[Path], wanted: Wanted, *, entries: int | None = None
) -> list[Entry]:
    """Return the most frequent tokens of several runs, as if all counts were added up at once.

    Args:
        runs: Files that `write_run` wrote.
        wanted: The tokens wanted.
        entries: Counts added up together, about; None: ENTRIES_AT_ONCE.

    Raises:
        DataError: If a run is damaged.
    """
    best: list[Entry] = []
    for buckets in bucket_ranges(runs, entries=entries):
        best = wanted.best([*best, *best_of_buckets(runs, buckets, wanted)])
    return best


def _rank(entry: Entry) -> tuple[int, str]:
    return -entry[1], entry[0]


def _kind(entry: Entry) -> int:
    """Return twice the count, and one more for ASCII, which is cut more quickly by itself."""
    word, count = entry
    return 2 * count + word.isascii()
