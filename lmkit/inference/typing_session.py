"""Suggestions while a text is typed, key by key.

The text typed so far is a value. A key that ends a word makes the model read that word; all other
keys only look up the prediction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lmkit.inference.complete import Begun, complete_word, split_begun
from lmkit.inference.context import Context
from lmkit.inference.engine import context_of
from lmkit.inference.next_words import next_words
from lmkit.inference.vocabulary import Place, Vocabulary
from lmkit.models.base import Model
from lmkit.results import Guess


@dataclass(frozen=True, slots=True)
class TypingState:
    """The text before the word being typed.

    Attributes:
        context: The text, read.
        is_line_start: Whether the word is the first of its line.
    """

    context: Context
    is_line_start: bool


class TypingSession:
    """Word suggestions of a model for a text being typed."""

    def __init__(self, model: Model, vocabulary: Vocabulary) -> None:
        self._model = model
        self._vocabulary = vocabulary

    def start(self) -> TypingState:
        """Return the beginning of a line with nothing before it."""
        return TypingState(context_of(self._model, [self._vocabulary.line_end_id]), True)

    def finish_word(self, typed: TypingState, tokens: Sequence[int]) -> TypingState:
        """Return the text with a word behind it, and the space after that."""
        return TypingState(self._read_on(typed.context, tokens), False)

    def finish_line(self, typed: TypingState) -> TypingState:
        """Return the text with its line ended; the model goes on from its state."""
        line_end = [self._vocabulary.line_end_id]
        return TypingState(self._read_on(typed.context, line_end), True)

    def suggest(self, typed: TypingState, letters: str, *, k: int) -> tuple[Guess, ...]:
        """Return the words to show.

        Args:
            typed: The text before the word.
            letters: Letters typed of the word; may be empty.
            k: Number of places.

        Returns:
            At most `k` words, best first.
        """
        if not letters:
            return next_words(self._model, self._vocabulary, typed.context, k=k)
        cut = split_begun(letters)
        if not cut.prefix:
            return ()
        place = Place.LINE_START if typed.is_line_start else Place.SPACED
        context = typed.context
        if cut.before:
            tokens = self._vocabulary.tokenizer.encode_inside(f" {cut.before}")
            context, place = self._read_on(context, tokens), Place.GLUED
        return complete_word(
            self._model, self._vocabulary, context, Begun("", cut.prefix, place), k=k
        )

    def _read_on(self, context: Context, ids: Sequence[int]) -> Context:
        return context_of(self._model, ids, context) if ids else context
