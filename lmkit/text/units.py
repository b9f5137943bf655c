"""Units: the four ways to cut text into tokens, each built and trained with `tokenizers`.

Every way keeps the space before a word in the token, so that the tokens of a line, joined, are the
line. A word or character unit has an unknown token; BPE and unigram work on bytes and spell all.
"""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import tokenizers
from tokenizers import Regex, decoders, models, pre_tokenizers, trainers

from lmkit.core.errors import UsageError, unknown_name
from lmkit.text.scripts import CHARACTERS, PLAIN, PUNCTUATION, SPACES, SUBWORDS, UNSPACED
from lmkit.text.token_counter import Cut, TokenCounter, Wanted
from lmkit.text.words import LINE_END, UNKNOWN

UNITS = ("word", "bpe", "unigram", "char")
SPLITS = ("auto", "spaces", "punctuation")
_OURS = (UNKNOWN, LINE_END)  # the first ids

_MOST_WORDS = 65_000
_MOST_SUBWORDS = 16_000
_FEWEST_SUBWORDS = 512  # the 256 bytes and as many tokens
_CHARACTERS_A_SUBWORD = 100  # of training text, so that most tokens are seen often
_DIGITS = 6  # kept of the log-probability of a unigram token
_NEAR_FLOOR = 0.03  # the library parts 256 unseen bytes by 0.0001 each
_TINY_TEXT = 5_000  # words; every word counts in a text smaller than this
# A mark that sticks to the word before it; the search is quick since marks are few.
_ATTACHED = re.compile(r"[,;:!?](?<=\w.)(?!\S)|[.](?<=\w.)(?=\n|\Z)")
_ATTACHED_SHARE = 0.01  # of the words; below it punctuation was set apart by hand
_UNSPACED_SHARE = 0.05  # of the characters; above it spaces do not part the words


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenizerConfig:
    """Settings of cutting text into tokens; 0 and "auto" are chosen from the text."""

    unit: str = "word"  # word | bpe | unigram | char
    vocab_size: int = 0  # most tokens kept
    min_frequency: int = 0  # a token seen less often is not kept (word, char, bpe)
    split: str = "auto"  # word unit: parted by "spaces", or "punctuation" cut off as well
    lowercase: bool = False  # give up capital letters
    straight_quotes: bool = True  # curly quotation marks and apostrophes become straight

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise unknown_name("unit", self.unit, UNITS)
        if self.split not in SPLITS:
            raise unknown_name("split", self.split, SPLITS)
        fewest = 257 if self.is_bytes else 3
        if self.vocab_size and self.vocab_size < fewest:
            raise UsageError(
                f"a vocabulary of {self.vocab_size} is too small for the unit {self.unit!r}; "
                f"give at least {fewest}, or 0 to have it chosen"
            )
        if self.min_frequency < 0:
            raise UsageError(f"min_frequency cannot be negative, got {self.min_frequency}")

    @property
    def is_bytes(self) -> bool:
        """True where tokens are made of bytes, so that nothing is unknown."""
        return self.unit in ("bpe", "unigram")


def settle(config: TokenizerConfig, sample: str) -> TokenizerConfig:
    """Choose what was left open, from the beginning of the training text.

    Args:
        config: Settings, some of them open.
        sample: Opened lines: about a million characters, or all there are.

    Returns:
        Settings with nothing left open.
    """
    has_unknown = f" {UNKNOWN}" in sample
    is_tiny = len(sample) < _TINY_TEXT * 10 and len(sample.split()) < _TINY_TEXT
    subwords = len(sample) // _CHARACTERS_A_SUBWORD
    chosen_size = min(_MOST_SUBWORDS, max(_FEWEST_SUBWORDS, subwords))
    return replace(
        config,
        vocab_size=config.vocab_size or (chosen_size if config.is_bytes else _MOST_WORDS),
        min_frequency=config.min_frequency or (1 if has_unknown or is_tiny else 2),
        split=choose_split(sample) if config.split == "auto" else config.split,
    )


def choose_split(sample: str) -> str:
    """Choose how words are told apart in a text: "spaces" or "punctuation".

    Texts prepared for language models (PTB, WikiText) have a space before every comma; in all
    others a comma sticks to its word and must be cut off.

    Args:
        sample: Normalised lines, as many as are at hand.

    Returns:
        A value for `TokenizerConfig.split`.
    """
    words = max(1, len(sample.split()))
    attached = len(_ATTACHED.findall(sample))
    unspaced = len(UNSPACED.findall(sample))
    if attached > words * _ATTACHED_SHARE or unspaced > len(sample) * _UNSPACED_SHARE:
        return "punctuation"
    return "spaces"


def train_library(blocks: Iterable[str], config: TokenizerConfig) -> tokenizers.Tokenizer:
    """Learn a vocabulary.

    Args:
        blocks: Opened lines, cut as by `cut_text`; read once, few at a time.
        config: Settings with nothing left open.

    Returns:
        A tokenizer of the library, without special tokens of its kind.
    """
    if config.unit == "bpe":
        return _train_bpe(blocks, config)
    if config.unit == "unigram":
        return _train_unigram(blocks, config)
    return _train_whole(blocks, config)


def byte_spellings(tokens: Sequence[str]) -> list[bytes]:
    """Return the bytes of tokens written in the byte-level alphabet."""
    byte_of = {character: byte for byte, character in enumerate(_byte_alphabet())}
    return [bytes([byte_of[character] for character in token]) for token in tokens]


def byte_line_end() -> str:
    """Return the line end as the byte-level alphabet writes it."""
    return _byte_alphabet()[ord(LINE_END)]


def token_counter(
    config: TokenizerConfig, runs: Path | None = None, *, sign: int = 1
) -> TokenCounter:
    """Return a counter of the words or characters that a vocabulary is made of.

    Args:
        config: Settings with nothing left open, of the unit word or char.
        runs: Where counts that are too many for the memory are written, as `TokenCounter` has it.
        sign: -1 counts what is to be taken away from other counts.
    """
    return TokenCounter(word_cutter(config), runs=runs, sign=sign)


def word_cutter(config: TokenizerConfig) -> Cut:
    """Return what cuts a text into the tokens that a vocabulary is made of.

    Args:
        config: Settings with nothing left open, of the unit word or char.
    """
    plain, library = plain_pattern(config), _uncut(config).pre_tokenizer

    def cut(text: str) -> list[str]:
        if text.isascii():
            return plain.findall(text)
        return [token for token, _ in library.pre_tokenize_str(text)]

    return cut


def plain_pattern(config: TokenizerConfig) -> re.Pattern[str]:
    """Return a pattern that finds the tokens of an ASCII text.

    Args:
        config: Settings with nothing left open, of the unit word or char.
    """
    return PLAIN[_pattern(config)]


def wanted_tokens(config: TokenizerConfig) -> Wanted:
    """Return which of the counted words or characters a vocabulary keeps.

    Args:
        config: Settings with nothing left open.
    """
    space = [" "] if config.unit == "word" else []
    return Wanted(
        most=max(0, config.vocab_size - len(_OURS)),
        fewest=config.min_frequency,
        never=frozenset({*_OURS, f" {UNKNOWN}", *space}),
    )


def whole_library(tokens: Iterable[str], config: TokenizerConfig) -> tokenizers.Tokenizer:
    """Return a tokenizer of words or characters.

    Args:
        tokens: Its vocabulary, the most frequent first.
        config: Settings with nothing left open.
    """
    library = _uncut(config)
    names = {token: number for number, token in enumerate((*_OURS, *tokens))}
    library.model = models.WordLevel(names, UNKNOWN)
    return library


def _train_whole(blocks: Iterable[str], config: TokenizerConfig) -> tokenizers.Tokenizer:
    """Count words or characters; ids follow the count: the most frequent come first."""
    counter = token_counter(config)
    counter.add(blocks)
    kept = counter.most_frequent(wanted_tokens(config))
    return whole_library([token for token, _ in kept], config)


def _uncut(config: TokenizerConfig) -> tokenizers.Tokenizer:
    """Return a tokenizer of words or characters that knows none yet."""
    return _with_pattern(models.WordLevel({UNKNOWN: 0}, UNKNOWN), _pattern(config))


def _pattern(config: TokenizerConfig) -> str:
    if config.unit == "char":
        return CHARACTERS
    return SPACES if config.split == "spaces" else PUNCTUATION


def _train_bpe(blocks: Iterable[str], config: TokenizerConfig) -> tokenizers.Tokenizer:
    library = _with_bytes(models.BPE())
    trainer = trainers.BpeTrainer(
        vocab_size=config.vocab_size,
        min_frequency=max(2, config.min_frequency),
        special_tokens=[],
        initial_alphabet=_byte_alphabet(),
        show_progress=False,
    )
    library.train_from_iterator(iter(blocks), trainer)
    return library


def _train_unigram(blocks: Iterable[str], config: TokenizerConfig) -> tokenizers.Tokenizer:
    library = _with_bytes(models.Unigram())
    trainer = trainers.UnigramTrainer(
        vocab_size=config.vocab_size,
        special_tokens=[],
        initial_alphabet=_byte_alphabet(),
        unk_token=None,
        show_progress=False,
    )
    library.train_from_iterator(iter(blocks), trainer)
    learned = json.loads(library.to_str())["model"]["vocab"]
    tokens = _without_chance([(token, score) for token, score in learned])
    library.model = models.Unigram(tokens, None, False)
    return library


def _without_chance(learned: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Return the tokens of a unigram model, the same for the same text.

    The library adds up words, and ranks the bytes that no text has, in an order of chance.
    """
    floor = min(score for _, score in learned)
    unseen = {token for token, score in learned if len(token) == 1 and score < floor + _NEAR_FLOOR}
    scored = [
        (token, round(floor if token in unseen else score, _DIGITS)) for token, score in learned
    ]
    return sorted(scored, key=lambda one: (-one[1], one[0]))


def _with_pattern(model: models.Model, pattern: str) -> tokenizers.Tokenizer:
    library = tokenizers.Tokenizer(model)
    library.pre_tokenizer = pre_tokenizers.Split(Regex(pattern), "isolated")
    library.decoder = decoders.Fuse()
    return library


def _with_bytes(model: models.Model) -> tokenizers.Tokenizer:
    library = tokenizers.Tokenizer(model)
    library.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SUBWORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    library.decoder = decoders.ByteLevel()
    return library


def _byte_alphabet() -> list[str]:
    """Return the character that stands for each byte: itself if it prints, else one past U+00FF."""
    prints = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    alphabet, others = [], 0
    for byte in range(256):
        alphabet.append(chr(byte if byte in prints else 0x100 + others))
        others += byte not in prints
    return alphabet
