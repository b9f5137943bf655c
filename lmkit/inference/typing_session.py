"""A text as it is typed, key by key: the words to show after each.

The state of what was typed is a value; a key that ends a word makes the model read that word, all
other keys only look up what was predicted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lmkit.inference.complete import Begun, complete_word, split_begun
from lmkit.inference.context import Context, extend, read_context
from lmkit.inference.next_words import next_words
from lmkit.inference.vocabulary import Place, Vocabulary
from lmkit.models.base import Model
from lmkit.results import Guess


@dataclass(frozen=True, slots=True)
class TypingState:
    """What stands before the word being typed.

    Attributes:
        context: It was read so far.
        is_line_start: Whether the word is the first of its line.
    """

    context: Context
    is_line_start: bool


class TypingSession:
    """Suggests words to someone typing with a model."""

    def __init__(self, model: Model, vocabulary: Vocabulary) -> None:
        self._model = model
        self._vocabulary = vocabulary

    def start(self) -> TypingState:
        """Return the beginning of a line with nothing before it."""
        line_end_id = self._vocabulary.line_end_id
        return TypingState(read_context(self._model, [], line_end_id=line_end_id), True)

    def finish_word(self, typed: TypingState, tokens: Sequence[int]) -> TypingState:
        """Return what was typed once a word stands there and the space after it."""
        return TypingState(extend(self._model, typed.context, tokens), False)

    def finish_line(self, typed: TypingState) -> TypingState:
        """Return what was typed once the line is ended; what stood in it is remembered."""
        line_end = [self._vocabulary.line_end_id]
        return TypingState(extend(self._model, typed.context, line_end), True)

    def suggest(self, typed: TypingState, letters: str, *, k: int) -> tuple[Guess, ...]:
        """Return the words to show.

        Args:
            typed: What stands before the word.
            letters: What is typed of the word; may be empty.
            k: How many places there are.

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
            context, place = extend(self._model, context, tokens), Place.GLUED
        return complete_word(
            self._model, self._vocabulary, context, Begun("", cut.prefix, place), k=k
        )
