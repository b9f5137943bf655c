"""The models that read, their state of earlier lines, and the text a person typed before.

A value: reading on gives a new one. Only the file of typed text changes by itself. A word that the
vocabulary lacks is read as its known variant, where there is one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from lmkit.core.errors import UsageError
from lmkit.data.typed_text import TypedText
from lmkit.inference.beam import BeamConfig, best_endings
from lmkit.inference.complete import complete_word, split_begun
from lmkit.inference.context import Context, chunks
from lmkit.inference.engine import context_of
from lmkit.inference.next_words import best_guesses, next_words
from lmkit.inference.personal import PersonalText
from lmkit.inference.unknown_words import with_known_variants
from lmkit.inference.vocabulary import Vocabulary, ends_in_a_letter
from lmkit.models.adapters.prefixed import PrefixedModel
from lmkit.models.base import AnyState, Model
from lmkit.models.directions import Directions
from lmkit.results import Guess


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Models, their state of earlier lines, and the personal layer over both.

    Attributes:
        vocabulary: The tokens.
        trained: The trained models, without the layers here.
        personal: Text that a person typed; None leaves it out.
        state: The forward model's, of the lines read before; None begins with nothing.
    """

    vocabulary: Vocabulary
    trained: Directions
    personal: PersonalText | None = None
    state: AnyState | None = None

    @property
    def directions(self) -> Directions:
        """The models that read, all adapters included."""
        forward = self.trained.forward
        if forward is None:
            return self.trained
        layer = None if self.personal is None else self.personal.layer(forward)
        if self.state is not None:
            forward = PrefixedModel(forward, self.state)
        if layer is not None:
            forward = layer.on(forward)
        return replace(self.trained, forward=forward)

    @property
    def forward(self) -> Model:
        """The model that reads forward.

        Raises:
            UsageError: If there is none.
        """
        forward = self.directions.forward
        if forward is None:
            raise UsageError(
                "this model reads backward and can only fill, score and evaluate; train a "
                "model with `--direction forward` or `both`"
            )
        return forward

    def read(self, text: str) -> Context:
        """Read a text as at the beginning of a line."""
        ids = self.vocabulary.tokenizer.encode(with_known_variants(self.vocabulary, text))
        return context_of(self.forward, [self.vocabulary.line_end_id, *ids])

    def with_personal(self, file: str | Path | None) -> "Reader":
        """Return a reader that counts a file of typed text too; None leaves that out."""
        text = None if file is None else PersonalText(TypedText(Path(file)), self.vocabulary)
        return replace(self, personal=text)

    def after(self, lines: Iterable[str]) -> "Reader":
        """Return a reader that has these lines in its state too, each read to its end."""
        model = self.trained.forward
        if model is None:
            return self
        state = self.state if self.state is not None else model.start(1)
        for line in lines:
            ids = [self.vocabulary.line_end_id, *self.vocabulary.tokenizer.encode(line)]
            for part in chunks(ids):
                _, state = model.read(torch.tensor([part]), state)
        return replace(self, state=state)

    def next_words(self, text: str, *, k: int) -> tuple[Guess, ...]:
        """Return the words that may come after a text, best first.

        Raises:
            UsageError: If no word is asked for.
        """
        if k < 1:
            raise UsageError(f"k must be at least 1, got {k}")
        words = next_words(
            self.forward,
            self.vocabulary,
            self.read(text),
            k=k,
            follows_letter=ends_in_a_letter(text),
        )
        return best_guesses([*words, *self._own_words(text)], k)

    def complete(self, text: str, *, k: int) -> tuple[Guess, ...]:
        """Return the words that finish the one a text ends in, or come next if it ends in none.

        Raises:
            UsageError: If no word is asked for.
        """
        begun = split_begun(text)
        if not begun.prefix or k < 1:
            return self.next_words(text, k=k)
        own = self._own_words(begun.before)
        context = self.read(begun.before)
        return complete_word(self.forward, self.vocabulary, context, begun, k=k, own=own)

    def best_endings(self, text: str, config: BeamConfig) -> tuple[Guess, ...]:
        """Return the most probable ways to end a begun line, found by beam search."""
        return best_endings(self.forward, self.vocabulary, self.read(text), config=config)

    def learn(self, text: str) -> int:
        """Write a text into the file of typed text, and return its lines.

        Raises:
            UsageError: If there is no such file.
        """
        if self.personal is None:
            raise UsageError("there is no file to store text in; load the model with personal=FILE")
        return self.personal.file.add([text])

    def _own_words(self, text: str) -> tuple[Guess, ...]:
        """Return the words that the model lacks and the person typed often, after a text."""
        if self.personal is None or self.trained.forward is None:
            return ()
        line = with_known_variants(self.vocabulary, text.rpartition("\n")[2])
        ids = self.vocabulary.tokenizer.encode(line)
        return self.personal.own_words(ids, beside=self.trained.forward)
