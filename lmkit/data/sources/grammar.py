"""Grammar source: lines drawn from the grammar, with the best that any model can reach on it."""

import math
import random
from collections.abc import Iterable, Iterator
from functools import cache

from lmkit.core.errors import DataError, UsageError
from lmkit.data.grammar.rules import Grammar, Rule
from lmkit.data.grammar.sentences import SENTENCE, sentence_rules
from lmkit.data.grammar.stories import STORY, story_rules

DEFAULT_WORDS = 200_000
STORY_SHARE = 0.25  # of the lines


@cache
def english_grammar() -> Grammar:
    """Return the grammar that the source draws its lines from, made on first use."""
    lines = [Rule(1 - STORY_SHARE, (SENTENCE,)), Rule(STORY_SHARE, (STORY,))]
    return Grammar("<line>", {"<line>": lines, **sentence_rules(), **story_rules()})


class GrammarSource:
    """Lines drawn independently of each other from the grammar.

    Attributes:
        name: The name users give it.
        notices: Nothing ever has to be said about this source.
        words: About how many words `lines` yields, each line end counted as one.
        seed: Equal seeds give equal lines.
        grammar: Where the lines come from.
    """

    name = "grammar"

    def __init__(self, *, words: int = DEFAULT_WORDS, seed: int = 0) -> None:
        if words < 1:
            raise UsageError(f"the grammar writes 1 word or more, got {words}")
        self.notices: list[str] = []
        self.words = words
        self.seed = seed
        self.grammar = english_grammar()

    def lines(self) -> Iterator[str]:
        """Yield the lines, the same every time, up to the line that reaches `words`."""
        chance = random.Random(self.seed)
        written = 0
        while written < self.words:
            words = self.grammar.sample(chance)
            written += len(words)
            yield " ".join(words[:-1])

    def fingerprint(self) -> str:
        """Return the settings that decide the lines."""
        return f"grammar-1 words={self.words} seed={self.seed}"

    @property
    def entropy_per_word(self) -> float:
        """The exact entropy rate, in bits per word: 2 to its power is the best perplexity."""
        return self.grammar.entropy_per_line / self.grammar.words_per_line

    def best_perplexity(self, lines: Iterable[str]) -> float:
        """Return the perplexity per word of the grammar itself on very lines.

        No model can be expected to do better on them than the grammar that wrote them.

        Args:
            lines: Lines that the grammar wrote, whole.

        Raises:
            DataError: If there is no line, or one that the grammar never writes.
        """
        nats, words = 0.0, 0
        for line in lines:
            log_probability = self.grammar.log_probability(line)
            if log_probability == -math.inf:
                raise DataError(f"the grammar never writes {line!r}; its perplexity is unknown")
            nats -= log_probability
            words += len(line.split()) + 1
        if not words:
            raise DataError("there is no line to measure; give lines of the grammar")
        return math.exp(nats / words)
