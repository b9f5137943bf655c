"""Text that a person typed, counted as an adapter of the model, and the words the model lacks.

The file is read before each answer and counted again if it changed, so that erased text stops
counting at once.
"""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from lmkit.data.typed_text import State, TypedText
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.adapters.personal import PersonalLayer, count_typed_text
from lmkit.models.base import Model
from lmkit.results import Guess
from lmkit.text.words import split_words

MOST_LINES = 20_000  # the last ones count
OFTEN = 2  # times a word that the model lacks was typed before it is offered; slips occur once
_AROUND = ".,;:!?\"'()[]“”‘’«»"  # punctuation that may stand around a word

Counts = dict[int, Counter[str]]


@dataclass(frozen=True, slots=True)
class OwnWords:
    """The words typed that a vocabulary of whole words lacks.

    Attributes:
        after: Count of each word, by the id before it.
        anywhere: Count of each word in all.
    """

    after: Counts = field(default_factory=dict)
    anywhere: Counter[str] = field(default_factory=Counter)

    def fractions(self, before: int) -> dict[str, float]:
        """Return the words typed often as fractions of all unknown words after an id."""
        counts = self.after.get(before) or self.anywhere
        total = counts.total()
        return {
            word: count / total for word, count in counts.items() if self.anywhere[word] >= OFTEN
        }


class PersonalText:
    """Text that a person typed, counted for one vocabulary."""

    def __init__(self, file: TypedText, vocabulary: Vocabulary) -> None:
        self.file = file
        self._vocabulary = vocabulary
        self._state: State | None = None
        self._beside: Model | None = None
        self._layer = PersonalLayer(None, 0.0)
        self._own = OwnWords()

    def layer(self, beside: Model) -> PersonalLayer:
        """Return the typed text as an adapter of a model, counted from the file as it is now."""
        state = self.file.state()
        if state != self._state or beside is not self._beside:
            self._count(self.file.lines()[-MOST_LINES:], beside)
            self._state, self._beside = state, beside
        return self._layer

    def own_words(self, ids: Sequence[int], *, beside: Model) -> tuple[Guess, ...]:
        """Return the words that only the person knows, with their probabilities.

        Args:
            ids: Ids before, of one line.
            beside: The model that knows the other words.

        Returns:
            The words in no order; the probability that the typed text gives to unknown words is
            divided among them.
        """
        layer, unknown = self.layer(beside), self._vocabulary.tokenizer.unknown_id
        if layer.ngram is None or unknown is None or not self._own.anywhere:
            return ()
        before = [self._vocabulary.line_end_id, *ids][-layer.ngram.order :]
        prediction, _ = layer.ngram.read(torch.tensor([before]), layer.ngram.start(1))
        log_prob = prediction.last().log_prob_of(torch.tensor([[unknown]])).item()
        mass = layer.weight * math.exp(log_prob)
        fractions = self._own.fractions(before[-1])
        return tuple(Guess(word, mass * fraction) for word, fraction in fractions.items())

    def _count(self, lines: Sequence[str], beside: Model) -> None:
        ids = self._vocabulary.tokenizer.encode_lines(lines)
        line_end_id = self._vocabulary.line_end_id
        self._layer = count_typed_text(ids, beside=beside, line_end_id=line_end_id)
        unknown = self._vocabulary.tokenizer.unknown_id
        if unknown is None or not self._vocabulary.is_whole:
            return  # such a vocabulary spells every word
        lacking = [line for line, own in zip(lines, ids, strict=True) if unknown in own]
        self._own = _gather(lacking, self._vocabulary, unknown)


def _gather(lines: Sequence[str], vocabulary: Vocabulary, unknown: int) -> OwnWords:
    own = OwnWords()
    for line in lines:
        before = vocabulary.line_end_id
        tokens = vocabulary.tokenizer.encode_words(line)
        for word, ids in zip(split_words(line), tokens, strict=True):
            shown = word.strip(_AROUND)
            if ids.count(unknown) == 1 and shown and not vocabulary.known(shown):
                at = ids.index(unknown)
                key = ids[at - 1] if at else before
                own.after.setdefault(key, Counter())[shown] += 1
                own.anywhere[shown] += 1
            before = ids[-1] if ids else before
    return own
