"""Untrained models: as fast as trained ones, and made in a second."""

import random
import re
import string
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lmkit.archive.folder import Archive
from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

SPECIAL = 2  # tokens of a word vocabulary that are no words: the unknown and the line end
FEWEST_WORDS = 50
_SIZE = re.compile(r"(\d{1,3})x(\d{1,6})x(\d{1,8})")


@dataclass(frozen=True, slots=True)
class Size:
    """The size of a model: layers, units, vocabulary."""

    layers: int
    hidden: int  # units of each layer, and the width of the word vectors
    vocabulary: int

    @classmethod
    def parse(cls, text: str) -> "Size":
        """Read a size such as 2x512x10000: layers, units, words.

        Raises:
            UsageError: If it is none.
        """
        found = _SIZE.fullmatch(text)
        sizes = tuple(map(int, found.groups())) if found else (0, 0, 0)
        if min(sizes) < 1 or sizes[-1] < FEWEST_WORDS:
            raise UsageError(
                f"{text!r} is not the size of a model; write layers x units x words, "
                f"{FEWEST_WORDS} words at least, such as 2x512x10000"
            )
        return cls(*sizes)

    def __str__(self) -> str:
        return f"{self.layers}x{self.hidden}x{self.vocabulary}"

    def config(self) -> RecurrentLMConfig:
        """Return the model as a config, its output layer tied to the word vectors."""
        return RecurrentLMConfig(
            vocab_size=self.vocabulary,
            layers=self.layers,
            hidden=self.hidden,
            embedding=self.hidden,
        )


def untrained_archive(size: Size, *, seed: int = 0) -> Archive:
    """Return a model with random weights over made-up words.

    Args:
        size: Of the model.
        seed: Equal seeds give equal weights.
    """
    config = TokenizerConfig(
        unit="word", vocab_size=size.vocabulary, min_frequency=1, split="spaces"
    )
    words = list(made_up_words(size.vocabulary - SPECIAL))
    lines = (" ".join(words[i : i + 20]) for i in range(0, len(words), 20))
    model = RecurrentLM(size.config(), make_generator(seed))
    return Archive(model=model.eval(), tokenizer=Tokenizer.train(lines, config))


def sample_words(archive: Archive, lines: Sequence[str], count: int, *, seed: int = 0) -> list[str]:
    """Return words to ask about.

    Args:
        archive: Whose vocabulary they are drawn from where there is no text.
        lines: A text to take them from; may be empty.
        count: How many.
        seed: Equal seeds draw the same words.
    """
    words = [word for line in lines for word in line.split()]
    if not words:
        shown = [text.strip() for text in archive.tokenizer.tokens.texts]
        known = [word for word in shown if word.isalpha()]
        words = random.Random(seed).choices(known, k=count)
    return [words[i % len(words)] for i in range(count)]


def made_up_words(count: int) -> Iterator[str]:
    """Yield different words of lower-case letters."""
    letters = string.ascii_lowercase
    for number in range(count):
        word = letters[number % len(letters)]
        while number := number // len(letters):
            word += letters[number % len(letters)]
        yield f"{word}a"
