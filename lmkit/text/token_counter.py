"""Counter of the tokens of a text in bounded memory: what is too much for it goes to the disk."""

import itertools
import shutil
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from lmkit.core.errors import LmkitError
from lmkit.text.count_runs import Entry, Wanted, most_frequent, write_run
from lmkit.text.word_cache import batched_words, counted_words
from lmkit.text.words import LINE_END

MOST_TOKENS = 300_000  # different ones, counted in memory

Cut = Callable[[str], list[tuple[str, tuple[int, int]]]]  # a text to tokens, each with its place


class TokenCounter:
    """Counts of the tokens of a text, line ends left out.

    Attributes:
        total: Tokens counted.
    """

    def __init__(self, cut: Cut, *, runs: Path | None = None, most: int = MOST_TOKENS) -> None:
        """Begin with nothing counted.

        Args:
            cut: Cuts a text into tokens.
            runs: Path whose name, a number added, is that of each file of counts; None takes a
                temporary folder, if files are needed at all.
            most: Different tokens that are held in memory, about.
        """
        self.total = 0
        self._cut = cut
        self._most = most
        self._counts: Counter[str] = Counter()
        self._place = runs
        self._runs: list[Path] = []

    def add(self, blocks: Iterable[str]) -> None:
        """Count the tokens of an opened text.

        Args:
            blocks: Parts of the text as `cut_text` makes them; read once.

        Raises:
            LmkitError: If the disk takes no more counts.
        """
        for words in counted_words(blocks):
            self._add(words)
            if len(self._counts) > self._most:
                self._spill()

    def finish(self) -> list[Path]:
        """Return files that hold all counts: those written on the way, and the rest."""
        if self._counts or not self._runs:
            self._spill()
        return self._runs

    def most_frequent(self, wanted: Wanted) -> list[Entry]:
        """Return the wanted tokens with their counts, the most frequent first.

        Args:
            wanted: The tokens wanted.
        """
        if not self._runs:
            return wanted.best(self._counts.items())
        return most_frequent(self.finish(), wanted)

    def _add(self, words: Counter[str]) -> None:
        # Words that occur equally often are cut together: a call for each would cost more.
        by_count = sorted(words.items(), key=lambda item: item[1])
        for count, group in itertools.groupby(by_count, key=lambda item: item[1]):
            for batch in batched_words(word for word, _ in group):
                for token, _ in self._cut(batch):
                    self._counts[token] += count
                    self.total += count
        self.total -= self._counts.pop(LINE_END, 0)  # they part the words of a batch

    def _spill(self) -> None:
        """Write the counts to the disk and begin anew."""
        if self._place is None:
            folder = tempfile.mkdtemp(prefix="lmkit-")
            weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
            self._place = Path(folder) / "counts"
        path = self._place.with_name(f"{self._place.name}-{len(self._runs)}")
        try:
            write_run(self._counts, path)
        except LmkitError as error:
            raise LmkitError(f"the words of the text need room on the disk: {error}") from error
        self._runs.append(path)
        self._counts = Counter()
