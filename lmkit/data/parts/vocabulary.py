"""The vocabulary of a text in parts, the same as if the text had been read in one piece.

Words and characters are counted part by part; the counts of all parts are added up by hash buckets
(`lmkit.text.count_runs`), and those of the held-out tail are taken away. Subwords are learned by
one process, which reads the text from its start.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lmkit.core.errors import NoWordsError
from lmkit.data.held_out import Split
from lmkit.data.parts.layout import PARTS, TAIL, Counted, PartPlace
from lmkit.data.parts.pool import WorkerPool
from lmkit.data.parts.text_parts import TextParts
from lmkit.text.count_runs import Entry, bucket_ranges, sums_of_buckets, write_run
from lmkit.text.token_counter import Wanted, best_of_buckets, cut_counts
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig, first_sample
from lmkit.text.units import settle, token_counter, wanted_tokens, whole_library, word_cutter


def learn_vocabulary(
    text: TextParts, split: Split, config: TokenizerConfig, pool: WorkerPool
) -> Tokenizer:
    """Return a tokenizer of the training text.

    Args:
        text: The counted parts.
        split: The training text.
        config: Settings; what they leave open is chosen from the beginning of the training text.
        pool: Workers that add up counts.

    Raises:
        NoWordsError: If it begins without a word, for longer than the sample of a tokenizer.
    """
    if config.is_bytes:
        return Tokenizer.train_on_blocks(text.blocks(0, split.train_end), config)
    sample = first_sample(text.blocks(0, split.train_end))
    if not sample.strip():
        raise NoWordsError("there are no words to learn from; give a text that has some")
    config = settle(config, sample)
    runs = [run for part in text.counted for run in _runs(text, part)]
    with TemporaryDirectory(prefix=TAIL, dir=text.folder / PARTS) as scratch:
        place = Path(scratch) / "counts"
        if _is_clean(text, split):
            stretch, sign = (split.train_end, text.total.offset), -1
        else:  # the cut makes other tokens of a word without spaces: all is counted anew
            runs, stretch, sign = [], (0, split.train_end), 1
        counter = token_counter(config, place, sign=sign)
        counter.add(text.blocks(*stretch))
        tokens = _most_frequent([*runs, *counter.finish()], config, Path(scratch), pool)
    return Tokenizer(config, whole_library((token for token, _ in tokens), config))


@dataclass(frozen=True, slots=True)
class _Cutting:
    """The adding up of some buckets of words, and their cutting into tokens."""

    runs: tuple[Path, ...]
    buckets: tuple[int, int]
    config: TokenizerConfig
    target: Path


@dataclass(frozen=True, slots=True)
class _Choice:
    """The adding up of some buckets of tokens, and the choice of the most frequent."""

    runs: tuple[Path, ...]
    buckets: tuple[int, int]
    wanted: Wanted


def _most_frequent(
    runs: Sequence[Path], config: TokenizerConfig, scratch: Path, pool: WorkerPool
) -> list[Entry]:
    """Return the tokens of a vocabulary, from files of counts of words."""
    ranges = bucket_ranges(runs, ranges=pool.workers)
    cuttings = [
        _Cutting(tuple(runs), buckets, config, scratch / f"tokens-{number}")
        for number, buckets in enumerate(ranges)
    ]
    tokens = tuple(sorted(pool.run(_cut, cuttings)))
    wanted = wanted_tokens(config)
    choices = [
        _Choice(tokens, buckets, wanted) for buckets in bucket_ranges(tokens, ranges=pool.workers)
    ]
    best: list[Entry] = []
    for found in pool.run(_choose, choices):
        best = wanted.best([*best, *found])
    return best


def _cut(work: _Cutting) -> Path:
    words = sums_of_buckets(work.runs, work.buckets)
    write_run(cut_counts(words.items(), word_cutter(work.config)), work.target)
    return work.target


def _choose(work: _Choice) -> list[Entry]:
    return best_of_buckets(work.runs, work.buckets, work.wanted)


def _runs(text: TextParts, part: Counted) -> list[Path]:
    return PartPlace(text.folder, part.number).runs(part.runs)


def _is_clean(text: TextParts, split: Split) -> bool:
    """Tell whether the tail begins with a line or a word, so that its tokens are those counted."""
    return not split.is_inside_line or text.byte_at(split.train_end) in (b"", b" ")
