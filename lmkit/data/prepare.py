"""Preparation of sources: read, normalise, hold out, learn the vocabulary, encode, keep.

The text is written once, normalised, to the disk; all else reads it from there, so memory holds a
few blocks at a time however long the text is.
"""

import hashlib
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import tokenizers

from lmkit.core.errors import DataError, LmkitError, ModelError
from lmkit.core.files import atomic_path
from lmkit.data.cache import default_cache, writable_folder
from lmkit.data.corpus import (
    Corpus,
    CorpusFacts,
    Spool,
    open_corpus,
    read_blocks,
    spool_lines,
    write_corpus,
)
from lmkit.data.held_out import split_tail
from lmkit.data.sources.source import Fingerprinted, Source
from lmkit.text.extension import extended
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

_MANY_UNKNOWN = 0.2  # of the ids
_FEW_SPACES = 40.0  # bytes a word; Greek and Russian have 12, Malayalam 27
_FORMAT = 3  # raised when what is kept, or how text is normalised or cut, changes


@dataclass(frozen=True, slots=True)
class PreparedText:
    """Text made ready for training: its tokenizer, its ids, and what was noticed.

    Attributes:
        tokenizer: Its vocabulary comes from the training text alone.
        train: The text to learn from.
        valid: The text to measure on.
        is_held_out: Whether `valid` is the tail of the sources rather than a text of its own.
        notices: What a user should know of the reading, a line each.
        key: Names the content and the tokenizer.
        was_cached: Whether it had been prepared before.
        folder: Where it is kept, for `open_prepared` in another process.
    """

    tokenizer: Tokenizer
    train: Corpus
    valid: Corpus
    is_held_out: bool
    notices: tuple[str, ...]
    key: str
    was_cached: bool
    folder: Path


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A part of a spool, in bytes."""

    spool: Spool
    start: int
    end: int

    def blocks(self) -> Iterator[str]:
        return read_blocks(self.spool, self.start, self.end)


def prepare(
    sources: Sequence[Source],
    valid: Source | None,
    config: TokenizerConfig,
    *,
    tokenizer: Tokenizer | None = None,
    base: Tokenizer | None = None,
    cache: Path | None = None,
) -> PreparedText:
    """Make ids of sources, or find those made before.

    Args:
        sources: The text, in this order.
        valid: The text to measure on; None holds out the tail of the sources.
        config: How to cut the text.
        tokenizer: One to use instead of learning a vocabulary, e.g. to train on with new text.
        base: One that the words of the training text are added to, in place of a new one.
        cache: Folder to keep the ids in; None takes the user's cache folder. If it cannot be
            written, a temporary one serves.

    Returns:
        The tokenizer, the ids and the counts.

    Raises:
        DataError: If a text is missing, damaged or without a word.
    """
    folder, is_kept = writable_folder(cache or default_cache())
    making = _Making(tuple(sources), valid, config, tokenizer, base)
    key = making.key_from_fingerprints()
    if key and (found := _load(folder / key)):
        return found
    with tempfile.TemporaryDirectory(prefix=".text-", dir=folder) as scratch:
        spools = _spooled(making, Path(scratch))
        key = key or making.key([spool.digest for spool in spools])
        if found := _load(folder / key):
            return found
        notices = making.notices()
        if not is_kept:
            notices.append("the cache folder cannot be written; the ids are kept for this run only")
        with atomic_path(folder / key) as partial:
            partial.mkdir()
            _make(making, spools, notices, partial)
    return replace(open_prepared(folder / key), was_cached=False)


def _spooled(making: "_Making", folder: Path) -> list[Spool]:
    try:
        return making.spool(folder)
    except OSError as error:
        raise LmkitError(
            f"cannot keep the text in {folder.parent}: {error.strerror or error}; "
            "make room there, or set XDG_CACHE_HOME to another folder"
        ) from error


@dataclass(frozen=True, slots=True)
class _Making:
    """Request of a prepared text."""

    sources: tuple[Source, ...]
    valid: Source | None
    config: TokenizerConfig
    tokenizer: Tokenizer | None
    base: Tokenizer | None

    def key_from_fingerprints(self) -> str:
        """Return the key, or nothing where a source must be read to be known."""
        marks = []
        for source in (*self.sources, *([self.valid] if self.valid else [])):
            if not isinstance(source, Fingerprinted):
                return ""
            marks.append(source.fingerprint())
        return self.key(marks)

    def key(self, content: Sequence[str]) -> str:
        """Return the name under which ids of this content and tokenizer are kept."""
        known = self.tokenizer.to_json() if self.tokenizer else json.dumps(asdict(self.config))
        if self.base is not None:
            known = f"words added to {self.base.to_json()}"
        parts = (_FORMAT, tokenizers.__version__, self.valid is None, *content, known)
        return "text-" + hashlib.sha256(repr(parts).encode()).hexdigest()[:32]

    def spool(self, folder: Path) -> list[Spool]:
        """Write the texts to the disk, normalised: the sources, and the one to measure on."""
        spools = [self._spool(self.sources, folder / "train")]
        if self.valid is not None:
            spools.append(self._spool((self.valid,), folder / "valid"))
        return spools

    def notices(self) -> list[str]:
        """Return the notices of the sources."""
        asked = (*self.sources, *([self.valid] if self.valid else []))
        return [notice for source in asked for notice in source.notices]

    def tokenizer_for(self, train: _Stretch) -> Tokenizer:
        """Return the tokenizer given, the base with the words of a text, or one of the text."""
        if self.tokenizer is not None:
            return self.tokenizer
        if self.base is not None:
            return extended(self.base, train.blocks())
        return Tokenizer.train_on_blocks(train.blocks(), self.config)

    def _spool(self, sources: Sequence[Source], path: Path) -> Spool:
        given = self.tokenizer or self.base
        config = given.config if given else self.config
        spool = spool_lines(
            _lines(sources),
            path,
            lowercase=config.lowercase,
            straight_quotes=config.straight_quotes,
        )
        if spool.total.words == spool.total.lines:
            names = ", ".join(source.name for source in sources)
            raise DataError(f"there is not one word in {names}; give a text that has some")
        return spool


def _lines(sources: Iterable[Source]) -> Iterator[str]:
    for source in sources:
        yield from source.lines()


def _make(making: _Making, spools: list[Spool], notices: list[str], folder: Path) -> None:
    """Learn the vocabulary, encode, and write everything to a folder."""
    train, valid = _stretches(spools)
    if train.spool is valid.spool and valid.start < train.end:
        notices.append("the text is one word: it is measured on what it learned from")
    tokenizer = making.tokenizer_for(train)
    learned = write_corpus(train.blocks(), tokenizer, folder / "train.bin")
    if learned.unknown > learned.ids * _MANY_UNKNOWN:
        notices.append(_many_unknown(learned, tokenizer))
    apart = (train.end - train.start) / max(1, learned.words - learned.lines)
    if apart > _FEW_SPACES:
        notices.append(_few_spaces(apart))
    facts = {
        "train": asdict(learned),
        "valid": asdict(write_corpus(valid.blocks(), tokenizer, folder / "valid.bin")),
        "is_held_out": making.valid is None,
        "notices": notices,
    }
    tokenizer.save(folder / "tokenizer.json")
    (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")


def _many_unknown(facts: CorpusFacts, tokenizer: Tokenizer) -> str:
    token = "characters" if tokenizer.config.unit == "char" else "words"
    return (
        f"{facts.unknown / facts.ids:.0%} of the text are {token} too rare to be known; "
        "units that spell everything, --unit bpe, will serve it better"
    )


def _few_spaces(apart: float) -> str:
    return (
        f"the text has a space or a line end only every {apart:,.0f} bytes, and perplexity is per "
        "word between these: it will look very large; `lmkit evaluate --text` gives bits per "
        "character too"
    )


def _stretches(spools: list[Spool]) -> tuple[_Stretch, _Stretch]:
    whole = _Stretch(spools[0], 0, spools[0].total.offset)
    if len(spools) > 1:
        return whole, _Stretch(spools[1], 0, spools[1].total.offset)
    split = split_tail(spools[0])
    return (
        _Stretch(spools[0], 0, split.train_end),
        _Stretch(spools[0], split.valid_start, whole.end),
    )


def _load(folder: Path) -> PreparedText | None:
    """Return what was kept, or None where it is missing or not whole: it is then made again."""
    try:
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
        tokenizer = Tokenizer.load(folder / "tokenizer.json")
        train, valid = (
            open_corpus(folder / f"{part}.bin", tokenizer.vocab_size, CorpusFacts(**facts[part]))
            for part in ("train", "valid")
        )
        is_held_out, notices = bool(facts["is_held_out"]), tuple(facts["notices"])
    except (OSError, ValueError, KeyError, TypeError, DataError, ModelError):
        return None
    return PreparedText(
        tokenizer,
        train,
        valid,
        is_held_out,
        notices,
        key=folder.name,
        was_cached=True,
        folder=folder,
    )


def open_prepared(folder: Path) -> PreparedText:
    """Open a text that another process has prepared.

    Args:
        folder: Attribute of the prepared text.

    Raises:
        DataError: If it is gone or damaged.
    """
    found = _load(folder)
    if found is None:
        raise DataError(f"the ids in {folder} vanished while they were read; try again")
    return found
