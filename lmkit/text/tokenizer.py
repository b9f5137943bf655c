"""Tokenizer: text to ids and back, where `decode(encode(text))` is the normalised text.

Knows no tensors. The named normalisations are those of `lmkit.text.normalise`.
"""

import functools
import itertools
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

# Said before the library is loaded: it then uses its threads, and does not warn after a fork.
os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")

import tokenizers

from lmkit.core.errors import LmkitError, ModelError, NoWordsError
from lmkit.core.files import write_text
from lmkit.text.normalise import (
    blocks_of_lines,
    cut_text,
    normalise_text,
    open_line,
    open_lines,
    straightened,
)
from lmkit.text.thinning import thinned
from lmkit.text.units import (
    UNITS,
    TokenizerConfig,
    byte_line_end,
    byte_spellings,
    plain_pattern,
    settle,
    train_library,
)
from lmkit.text.word_cache import EncodedBlock, WordCache, plain_encoder
from lmkit.text.words import LINE_END, UNKNOWN, TokenTable, build_table

__all__ = ["UNITS", "Tokenizer", "TokenizerConfig"]

SAMPLE = 1_600_000  # characters looked at to choose what the config leaves open
_LEARNED_AT_ONCE = 1 << 12  # characters; learning from longer texts takes the library longer
_VARIED = {"bpe": 1 << 20, "unigram": 1 << 16}  # bytes of distinct words learned from in full
_FORMAT = 2
_BEFORE = {"straight_quotes": False}  # settings that files of format 1 lack, as it then was


class Tokenizer:
    """Tokenizer of one vocabulary: text to ids and back.

    Attributes:
        config: How text is cut, with nothing left open.
        vocab_size: Number of ids.
        unknown_id: The unknown word or character; None where every text can be spelled.
        line_end_id: The end of a line, a token of its own.
    """

    def __init__(self, config: TokenizerConfig, library: tokenizers.Tokenizer) -> None:
        self.config = config
        self._library = library
        vocabulary = library.get_vocab()
        self.vocab_size = len(vocabulary)
        self.unknown_id = None if config.is_bytes else vocabulary[UNKNOWN]
        self.line_end_id = vocabulary[byte_line_end() if config.is_bytes else LINE_END]
        self._vocabulary = vocabulary
        plain = None
        if self.unknown_id is not None:
            plain = plain_encoder(plain_pattern(config), vocabulary, self.unknown_id)
        self._memory = WordCache(library, self.line_end_id, plain=plain)

    @functools.cached_property
    def tokens(self) -> TokenTable:
        """Table that says how each token reads; who only makes ids needs none."""
        return self._describe(sorted(self._vocabulary, key=self._vocabulary.__getitem__))

    @classmethod
    def train(cls, lines: Iterable[str], config: TokenizerConfig) -> "Tokenizer":
        """Learn a vocabulary from lines, which are read once and never held all together.

        Args:
            lines: Lines without line ends.
            config: How to cut; what it leaves open is chosen from the first lines.

        Returns:
            A tokenizer whose vocabulary comes from these lines alone.

        Raises:
            NoWordsError: If there is not one word.
        """
        normalise = functools.partial(
            normalise_text,
            lowercase=config.lowercase,
            straight_quotes=config.straight_quotes,
        )
        blocks = map(open_lines, map(normalise, blocks_of_lines(lines)))
        return cls.train_on_blocks(blocks, config)

    @classmethod
    def train_on_blocks(cls, blocks: Iterable[str], config: TokenizerConfig) -> "Tokenizer":
        """Learn a vocabulary from text that was normalised and opened before.

        Args:
            blocks: Opened lines in parts as `cut_text` makes them.
            config: How to cut.

        Returns:
            The tokenizer.
        """
        sample, blocks = _peek(blocks)
        if not sample.strip():
            raise NoWordsError("there are no words to learn from; give a text that has some")
        config = settle(config, sample)
        if config.is_bytes:
            cut = functools.partial(cut_text, size=_LEARNED_AT_ONCE)
            blocks = itertools.chain.from_iterable(
                map(cut, thinned(blocks, stage=_VARIED[config.unit]))
            )
        return cls(config, train_library(blocks, config))

    def normalise(self, text: str) -> str:
        """Return a text as this tokenizer reads it, before it is cut."""
        return normalise_text(
            text,
            lowercase=self.config.lowercase,
            straight_quotes=self.config.straight_quotes,
        )

    def requoted(self, text: str) -> str:
        """Return a text with quotation marks as this tokenizer has them; all else stays."""
        return straightened(text) if self.config.straight_quotes else text

    def encode(self, text: str) -> list[int]:
        r"""Return the ids of a text; each "\n" in it is a line end, none is added.

        Args:
            text: As at the beginning of a line: the first word gets its space.

        Returns:
            Ids, none for an empty text.
        """
        return self._encode_opened(open_lines(self.normalise(text)))

    def encode_inside(self, text: str) -> list[int]:
        """Return the ids of a text that stands inside a line, after a word or a blank.

        No space is put before it: ", he said" goes on with a comma, " went home" with a word. The
        result is the tail of what the whole line encodes to, unless the text carries on the word
        before it ("-known" after "well"). With words parted by spaces alone every token has a
        space, so there "," is read as the word " ,".

        Args:
            text: The rest of a line; white space before it counts, after it does not.

        Returns:
            Ids.
        """
        first, *others = self.normalise(text).split("\n")
        is_spaced = text[:1].isspace() or self._parts_by_spaces
        opened = f" {first}" if first and is_spaced else first
        return self._encode_opened("\n".join([opened, *map(open_line, others)]))

    def encode_lines(self, lines: Sequence[str]) -> list[list[int]]:
        """Return the ids of each line, in parallel; no line ends are added."""
        opened = [open_lines(self.normalise(line)) for line in lines]
        if any(len(line) > SAMPLE for line in opened):
            return [self._encode_opened(line) for line in opened]
        return [found.ids for found in self._batch(opened)]

    def encode_words(self, line: str) -> list[list[int]]:
        """Return the ids of a line word by word, a word being what stands between white space.

        Args:
            line: One line.

        Returns:
            As many lists as `split_words(line)` has words; joined they are `encode(line)`.
        """
        first, *others = self.normalise(line).split() or [""]
        opened = [open_line(first), *(f" {word}" for word in others)]
        if not first:
            return []
        distinct = list(dict.fromkeys(opened))
        ids = {word: found.ids for word, found in zip(distinct, self._batch(distinct), strict=True)}
        return [ids[word] for word in opened]

    def encode_block(self, block: str) -> EncodedBlock:
        """Return the ids of a part of a long text; words met before are quick.

        Args:
            block: A part of an opened text, as `cut_text` makes them.

        Returns:
            Ids and words.
        """
        return self._memory.encode(block)

    def decode(self, ids: Iterable[int]) -> str:
        """Return the text of ids; the space that opens each line is dropped."""
        text = self.decode_inside(ids).replace("\n ", "\n")
        return text[1:] if text[:1] == " " else text

    def decode_inside(self, ids: Iterable[int]) -> str:
        """Return the text of ids that stand inside a line: a leading space is kept."""
        spellings = self.tokens.spellings
        return b"".join([spellings[number] for number in ids]).decode("utf-8", "replace")

    def to_library(self) -> tokenizers.Tokenizer:
        """Return a copy as the `tokenizers` library knows it; it takes opened lines."""
        copy: tokenizers.Tokenizer = tokenizers.Tokenizer.from_str(self._library.to_str())
        return copy

    def to_json(self) -> str:
        """Return the tokenizer as JSON that `from_json` reads."""
        library = json.loads(self._library.to_str())
        content = {"format": _FORMAT, "config": asdict(self.config), "tokenizer": library}
        return json.dumps(content, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Tokenizer":
        """Read what `to_json` wrote.

        Raises:
            ModelError: If it is anything else.
        """
        try:
            content = json.loads(text)
            config = TokenizerConfig(**{**_BEFORE, **content["config"]})
            library = tokenizers.Tokenizer.from_str(json.dumps(content["tokenizer"]))
            return cls(config, library)
        except (ValueError, KeyError, TypeError, LmkitError) as error:
            raise ModelError("this is not a tokenizer that lmkit wrote; train it again") from error
        except Exception as error:  # the library raises nothing more particular for bad JSON
            raise ModelError(f"the tokenizer is damaged ({error}); train it again") from error

    def save(self, path: Path) -> None:
        """Write the tokenizer to a file, whole or not at all."""
        write_text(path, self.to_json())

    @classmethod
    def load(cls, path: Path) -> "Tokenizer":
        """Read a tokenizer that `save` wrote.

        Raises:
            ModelError: If the file is missing or holds anything else.
        """
        try:
            return cls.from_json(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ModelError(f"cannot read the tokenizer {path}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise ModelError(f"the tokenizer {path} is damaged; train it again") from error

    @property
    def _parts_by_spaces(self) -> bool:
        return self.config.unit == "word" and self.config.split == "spaces"

    def _encode_opened(self, text: str) -> list[int]:
        found = self._batch(list(cut_text(text)))
        return list(itertools.chain.from_iterable(part.ids for part in found))

    def _batch(self, texts: Sequence[str]) -> list[tokenizers.Encoding]:
        found: list[tokenizers.Encoding] = self._library.encode_batch_fast(
            texts, add_special_tokens=False
        )
        return found

    def _describe(self, names: list[str]) -> TokenTable:
        if self.config.is_bytes:
            spellings = byte_spellings(names)
        else:
            spellings = [name.encode() for name in names]
        if self.unknown_id is not None:
            is_word = self.config.unit == "word"
            spellings[self.unknown_id] = f" {UNKNOWN}".encode() if is_word else "\ufffd".encode()
        return build_table(
            spellings, unknown_id=self.unknown_id, whole_words=self.config.unit == "word"
        )


def first_sample(blocks: Iterable[str]) -> str:
    """Return the beginning of a text, by which settings are chosen that were left open.

    Args:
        blocks: The text in parts; no more are read than are needed.
    """
    return _peek(blocks)[0]


def _peek(blocks: Iterable[str]) -> tuple[str, Iterator[str]]:
    """Return the beginning of a text, and the whole of it again."""
    rest = iter(blocks)
    seen: list[str] = []
    held = 0
    for block in rest:
        seen.append(block)
        held += len(block)
        if held >= SAMPLE:
            break
    return "".join(seen), itertools.chain(seen, rest)
