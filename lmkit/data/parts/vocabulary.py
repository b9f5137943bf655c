"""The vocabulary of a text in parts, the same as if the text had been read in one piece.

Words and characters are counted part by part; the counts of all parts are added up by hash buckets
(`lmkit.text.count_runs`), and those of the held-out tail are taken away. Subwords are learned by
one process, which reads the text from its start.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from lmkit.core.errors import NoWordsError
from lmkit.data.corpus import BLOCK_BYTES, Mark, Spool, read_blocks
from lmkit.data.held_out import Split, split_tail
from lmkit.data.parts.layout import PARTS, Counted, PartPlace
from lmkit.data.parts.pool import WorkerPool
from lmkit.data.parts.text_parts import TextParts
from lmkit.text.count_runs import (
    best_of_buckets,
    bucket_ranges,
    sums_of_buckets,
    write_run,
)
from lmkit.text.normalise import opened_blocks
from lmkit.text.token_counter import cut_counts
from lmkit.text.tokenizer import SAMPLE, Tokenizer, TokenizerConfig, first_sample
from lmkit.text.units import settle, token_counter, wanted_tokens, whole_library, word_cutter
from lmkit.text.words import Entry, Wanted


def settle_by_lines(
    lines: Iterable[str], config: TokenizerConfig, folder: Path, *, holds_out: bool
) -> TokenizerConfig:
    """Choose what was left open from the beginning of a text.

    Args:
        lines: The lines of the text; as few are read as are needed.
        config: Settings, some of them open.
        folder: Folder for a temporary file.
        holds_out: Whether the tail of the text is held out, and has no say.

    Returns:
        Settings with nothing left open, the same as for a text read in one piece.
    """
    with TemporaryDirectory(prefix=".sample-", dir=folder) as scratch:
        spool, is_whole = _write_beginning(lines, config, Path(scratch) / "text")
        end = spool.total.offset
        if holds_out and is_whole and spool.total.words > spool.total.lines:
            end = split_tail(spool).train_end
        return settle(config, first_sample(read_blocks(spool, 0, end)))


def learn_vocabulary(
    text: TextParts, split: Split, config: TokenizerConfig, pool: WorkerPool
) -> Tokenizer:
    """Return a tokenizer of the training text.

    Args:
        text: The counted parts.
        split: The training text.
        config: Settings with nothing left open.
        pool: Workers that add up counts.

    Raises:
        NoWordsError: If it begins without a word, for longer than the sample of a tokenizer.
    """
    first = text.counted[0].total
    begins_blank = first.words == first.lines and not config.is_bytes
    if begins_blank and not first_sample(text.blocks(0, split.train_end)).strip():
        raise NoWordsError("there are no words to learn from; give a text that has some")
    if config.is_bytes:
        return Tokenizer.train_on_blocks(text.blocks(0, split.train_end), config)
    runs = [run for part in text.counted for run in _runs(text, part)]
    with TemporaryDirectory(prefix=".tail-", dir=text.folder / PARTS) as scratch:
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
    ranges = bucket_ranges(runs)
    cuttings = [
        _Cutting(tuple(runs), buckets, config, scratch / f"tokens-{number}")
        for number, buckets in enumerate(ranges)
    ]
    tokens = tuple(sorted(pool.run(_cut, cuttings)))
    wanted = wanted_tokens(config)
    choices = [_Choice(tokens, buckets, wanted) for buckets in bucket_ranges(tokens)]
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


def _write_beginning(
    lines: Iterable[str], config: TokenizerConfig, path: Path
) -> tuple[Spool, bool]:
    """Write the beginning of a text to a file.

    A held-out tail is at most half of a text. So if the sample is within the first half of what is
    written, it is the same however the text goes on.

    Returns:
        The beginning, and whether it is the whole text.
    """
    end, characters, half = _START, 0, 0
    with path.open("wb") as file:
        for opened, words in opened_blocks(
            lines,
            size=BLOCK_BYTES,
            lowercase=config.lowercase,
            straight_quotes=config.straight_quotes,
        ):
            content = opened.encode()
            file.write(content)
            lines_here = opened.count("\n")
            end = Mark(end.offset + len(content), end.lines + lines_here, end.words + words)
            characters += len(opened)
            half = half or (end.offset + BLOCK_BYTES if characters >= SAMPLE else 0)
            if half and end.offset > 2 * half:
                return Spool(path, (_START, end), digest=""), False
    return Spool(path, (_START, end), digest=""), True


_START = Mark(0, 0, 0)
