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

from lmkit.core.errors import DataError, LmkitError
from lmkit.core.files import atomic_path
from lmkit.data.cache import default_cache, writable_folder
from lmkit.data.corpus import Spool, read_blocks, spool_lines, write_corpus
from lmkit.data.held_out import split_tail
from lmkit.data.prepared_text import (
    ONE_WORD,
    TOKENIZER,
    TRAIN,
    VALID,
    PreparedText,
    load_prepared,
    notices_of,
    open_prepared,
    write_facts,
)
from lmkit.data.sources.source import Fingerprinted, Source, Tokenized
from lmkit.text.extension import extended
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

_FORMAT = 3  # raised when what is kept, or how text is normalised or cut, changes


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
    if key and (found := load_prepared(folder / key)):
        return found
    with tempfile.TemporaryDirectory(prefix=".text-", dir=folder) as scratch:
        spools = _spooled(making, Path(scratch))
        key = key or making.key([spool.digest for spool in spools])
        if found := load_prepared(folder / key):
            return found
        notices = making.notices()
        if not is_kept:
            notices.append("cannot write to the cache folder; the ids are stored for this run only")
        with atomic_path(folder / key) as partial:
            partial.mkdir()
            _make(making, spools, notices, partial)
    return replace(open_prepared(folder / key), was_cached=False)


def prepare_ids(
    source: Tokenized, valid: Source | None, *, cache: Path | None = None
) -> PreparedText:
    """Return the ids of a source that holds ids, and those of a text to measure on.

    Args:
        source: The ids, with their tokenizer.
        valid: The text to measure on, read with that tokenizer; None takes what comes with the ids.
        cache: Folder for what has to be made of them; None takes the user's cache folder.

    Raises:
        DataError: If a source is damaged, or there is not one word in the text to measure on.
    """
    folder, _ = writable_folder(cache or default_cache())
    text = source.prepared(folder)
    if valid is None:
        return text
    tokenizer = text.tokenizer
    with tempfile.TemporaryDirectory(prefix=".text-", dir=folder) as scratch:
        making = _Making((valid,), None, tokenizer.config, tokenizer, None)
        (spool,) = _spooled(making, Path(scratch))
        key = making.key([text.key, spool.digest])
        with atomic_path(folder / key) as partial:
            partial.mkdir()
            (partial / TRAIN).symlink_to((text.folder / TRAIN).absolute())
            held = write_corpus(
                read_blocks(spool, 0, spool.total.offset), tokenizer, partial / VALID
            )
            notices = [*text.notices, *valid.notices]
            write_facts(partial, text.train.facts, held, is_held_out=False, notices=notices)
            tokenizer.save(partial / TOKENIZER)
    return open_prepared(folder / key)


def _spooled(making: "_Making", folder: Path) -> list[Spool]:
    try:
        return making.spool(folder)
    except OSError as error:
        raise LmkitError(
            f"cannot store the text in {folder.parent}: {error.strerror or error}; free "
            "some space there, or set XDG_CACHE_HOME to another folder"
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
        notices.append(ONE_WORD)
    tokenizer = making.tokenizer_for(train)
    learned = write_corpus(train.blocks(), tokenizer, folder / TRAIN)
    notices += notices_of(learned, tokenizer, size=train.end - train.start)
    held = write_corpus(valid.blocks(), tokenizer, folder / VALID)
    is_held_out = making.valid is None
    write_facts(folder, learned, held, is_held_out=is_held_out, notices=notices)
    tokenizer.save(folder / TOKENIZER)


def _stretches(spools: list[Spool]) -> tuple[_Stretch, _Stretch]:
    whole = _Stretch(spools[0], 0, spools[0].total.offset)
    if len(spools) > 1:
        return whole, _Stretch(spools[1], 0, spools[1].total.offset)
    split = split_tail(spools[0])
    return (
        _Stretch(spools[0], 0, split.train_end),
        _Stretch(spools[0], split.valid_start, whole.end),
    )
