"""Work on one part of a text: its lines are normalised and counted, and later encoded.

Functions of this module run in worker processes; they take values and leave files with markers.
"""

import functools
from dataclasses import dataclass
from pathlib import Path

from lmkit.core.errors import DataError
from lmkit.core.files import atomic_path, sha256
from lmkit.data.corpus import Spool, read_blocks, spool_lines, write_corpus
from lmkit.data.held_out import Split
from lmkit.data.parts.layout import Counted, Done, Ids, PartPlace
from lmkit.data.sources.source import Source
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig
from lmkit.text.units import token_counter


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a text.

    Attributes:
        place: Paths of its files.
        source: Its lines; can be pickled.
        is_valid: Whether it belongs to a validation text of its own.
    """

    place: PartPlace
    source: Source
    is_valid: bool

    @property
    def number(self) -> int:
        """Number of the part in the order of the text."""
        return self.place.number


@dataclass(frozen=True, slots=True)
class CountWork:
    """The reading of a part.

    Attributes:
        part: The part.
        config: Settings of the tokenizer, with nothing left open.
        counts_tokens: Whether its tokens are counted for a vocabulary.
    """

    part: Part
    config: TokenizerConfig
    counts_tokens: bool


@dataclass(frozen=True, slots=True)
class EncodeWork:
    """The encoding of a part.

    Attributes:
        part: The part.
        counted: Its marker.
        tokenizer: File of the tokenizer.
        digest: SHA-256 of that file: another one is not taken from the cache of a worker.
        start: Bytes of the whole text before the part.
        split: Training and validation text, in bytes of the whole text.
    """

    part: Part
    counted: Counted
    tokenizer: Path
    digest: str
    start: int
    split: Split


def count_part(work: CountWork) -> Counted:
    """Normalise and count the lines of a part.

    Returns:
        The marker, which is also written.

    Raises:
        DataError: If the source cannot be read.
        LmkitError: If the disk takes no more.
    """
    place, source = work.part.place, work.part.source
    spool = _spooled(work.part, work.config)
    runs = []
    if work.counts_tokens and not work.part.is_valid:
        counter = token_counter(work.config, place.path("counts"))
        counter.add(read_blocks(spool, 0, spool.total.offset))
        runs = counter.finish()
    counted = Counted(place.number, spool.marks, spool.digest, len(runs), tuple(source.notices))
    place.mark(counted)
    return counted


def open_text(part: Part, counted: Counted, config: TokenizerConfig) -> Spool:
    """Return the normalised text of a part, made again where it is not here or not whole.

    Args:
        part: The part.
        counted: Its marker.
        config: Settings of the tokenizer.

    Raises:
        DataError: If the source has changed since it was counted.
    """
    path = part.place.path("text")
    if path.is_file() and sha256(path) == counted.digest:
        return Spool(path, counted.marks, counted.digest)
    spool = _spooled(part, config)
    if spool.digest != counted.digest:
        part.place.forget_text()
        raise DataError(
            f"{part.source.name} has changed since it was counted; prepare it again with --force"
        )
    return Spool(path, counted.marks, counted.digest)


def encode_part(work: EncodeWork) -> Done:
    """Write the ids of a part, and remove its text.

    Returns:
        The marker, which is also written.

    Raises:
        DataError: If the source has changed since it was counted.
        LmkitError: If the disk takes no more.
    """
    tokenizer = _tokenizer(work.tokenizer, work.digest)
    spool = open_text(work.part, work.counted, tokenizer.config)
    end, split = work.start + spool.total.offset, work.split
    is_valid = work.part.is_valid
    train = (work.start, work.start if is_valid else min(end, split.train_end))
    valid = (work.start if is_valid else max(work.start, split.valid_start), end)
    done = Done(
        work.part.number,
        _encoded(work, tokenizer, "train", train),
        _encoded(work, tokenizer, "valid", valid),
    )
    work.part.place.mark(done)
    work.part.place.forget_text()
    return done


def _encoded(work: EncodeWork, tokenizer: Tokenizer, kind: str, stretch: tuple[int, int]) -> Ids:
    """Write the ids of a stretch of the whole text that lies within the part."""
    first, last = stretch
    begins = work.split.valid_start if kind == "valid" and not work.part.is_valid else 0
    phase = max(0, work.start - begins) if first == work.start else 0
    spool = Spool(work.part.place.path("text"), work.counted.marks, work.counted.digest)
    here = (first - work.start, max(first, last) - work.start)
    with atomic_path(work.part.place.path(kind)) as path:
        blocks = read_blocks(spool, *here, phase=phase)
        return Ids(write_corpus(blocks, tokenizer, path), sha256(path))


def _spooled(part: Part, config: TokenizerConfig) -> Spool:
    path = part.place.path("text")
    with atomic_path(path) as partial:
        spool = spool_lines(
            part.source.lines(),
            partial,
            lowercase=config.lowercase,
            straight_quotes=config.straight_quotes,
        )
    return Spool(path, spool.marks, spool.digest)


@functools.lru_cache(maxsize=1)  # a worker encodes many parts with one tokenizer, and its cache
def _tokenizer(path: Path, _digest: str) -> Tokenizer:
    return Tokenizer.load(path)
