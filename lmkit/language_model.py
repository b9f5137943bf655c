"""LanguageModel: words in, words out. Each method encodes, asks one function, and decodes.

Nothing here knows which model answers, and nothing is remembered from one call to the next.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from lmkit.core.errors import UsageError
from lmkit.evaluation.cloze import evaluate_cloze
from lmkit.evaluation.pairs import evaluate_pairs
from lmkit.evaluation.perplexity import Reading, evaluate_text
from lmkit.evaluation.typing import LIMIT, evaluate_typing
from lmkit.inference.beam import BeamConfig, best_endings
from lmkit.inference.companions import compose_sides, describe
from lmkit.inference.complete import complete_word, split_begun
from lmkit.inference.fill import FillConfig, fill_text
from lmkit.inference.generate import GenerateConfig, continue_text, write_texts
from lmkit.inference.predict import next_words
from lmkit.inference.reading import Context, Model, read_context
from lmkit.inference.score import score_document, score_lines
from lmkit.inference.sides import Sides
from lmkit.inference.trace import trace_text
from lmkit.inference.vocabulary import Vocabulary
from lmkit.inference.why import explain_filling
from lmkit.models.archive import Archive, load_archive
from lmkit.results import (
    ClozeEvaluation,
    Filling,
    GateTrace,
    Generated,
    NextWords,
    PairsEvaluation,
    Score,
    TextEvaluation,
    TypingEvaluation,
    Why,
)
from lmkit.text.tokenizer import Tokenizer

CONTEXTS = ("line", "document")
DRAW = GenerateConfig()


class LanguageModel:
    """A trained next-word model that can be asked.

    Example:
        >>> model = LanguageModel.load(folder)
        >>> [guess.word for guess in model.next("the cat sat on the", k=1).words]
        ['mat']
        >>> [guess.word for guess in model.complete("the c", k=1).words]
        ['cat']
        >>> model.fill("the ___ sat on the mat", k=1).fillings[0].text
        'the cat sat on the mat'
        >>> model.generate_text("the cat", GenerateConfig(words=2)).words
        2
        >>> [word.word for word in model.score("the cat").words]
        ['the', 'cat']
    """

    def __init__(
        self, archive: Archive, *, sides: Sides | None = None, reading: Reading | None = None
    ) -> None:
        """Wrap what a model folder holds; `load` is the usual way.

        Args:
            archive: Models, tokenizer and facts.
            sides: Who reads; the models of the archive when left out.
            reading: How evaluations name it.
        """
        self._archive = archive
        self._sides = sides or compose_sides(archive)
        self._reading = replace(reading or Reading(), is_backward=self._sides.forward is None)
        self._vocabulary = Vocabulary(archive.tokenizer)

    @classmethod
    def load(
        cls,
        folder: str | Path,
        *,
        adapt: str = "none",
        mix: str | None = None,
        direction: str | None = None,
    ) -> "LanguageModel":
        """Open a model folder.

        Args:
            folder: What `lmkit train` wrote.
            adapt: How the model learns while it reads: "none", "cache" or "dynamic". Each call
                starts anew; the folder never changes.
            mix: "ngram" mixes the n-gram companion in.
            direction: "forward", "backward" or "both"; what the folder has when left out.

        Returns:
            The model.

        Raises:
            ModelError: If the folder is missing, damaged or of a newer format.
            UsageError: If it lacks what was asked for.
        """
        archive = load_archive(Path(folder))
        mix = mix or "none"
        sides = compose_sides(archive, adapt=adapt, mix=mix, direction=direction)
        return cls(archive, sides=sides, reading=Reading(adapt=adapt, mix=mix))

    def next(self, text: str = "", *, k: int = 5) -> NextWords:
        """Return the words that may come next.

        Args:
            text: What stands before, read as at the beginning of a line; may be empty.
            k: How many words.

        Returns:
            Whole words, best first.
        """
        context = self._read(text)
        words = next_words(self._forward, self._vocabulary, context, k=_positive(k))
        return NextWords(text, words)

    def complete(self, text: str, *, k: int = 5) -> NextWords:
        """Return the words that finish the begun word a text ends in.

        Args:
            text: Where it ends between words, the words that may come next are returned.
            k: How many words.

        Returns:
            Whole words, best first, with probabilities given the letters typed.
        """
        begun = split_begun(text)
        if not begun.prefix:
            return self.next(text, k=k)
        context = self._read(begun.before)
        words = complete_word(self._forward, self._vocabulary, context, begun, k=_positive(k))
        return NextWords(text, words)

    def fill(
        self,
        text: str,
        *,
        k: int = 5,
        choices: Sequence[str] | None = None,
        exact: bool = False,
        avoid: Collection[str] = (),
        words: tuple[int, int] | None = None,
    ) -> Filling:
        """Fill the blanks of a text, both sides of each in view.

        Args:
            text: `___` is a word, `app___` one that begins so, `____+` one to three words.
            k: How many fillings.
            choices: All that may go into a blank, each of one or several words.
            exact: Try every word of the vocabulary.
            avoid: Words never offered.
            words: Fewest and most words of every blank.

        Returns:
            The best fillings.

        Raises:
            UsageError: If there is no blank, or the model does not know one of the choices.
        """
        config = FillConfig(
            k=_positive(k),
            choices=None if choices is None else tuple(choices),
            exact=exact,
            avoid=frozenset(avoid),
            words=words,
        )
        return fill_text(self._sides, self._vocabulary, text, config)

    def why(self, filling: Filling) -> tuple[Why, ...]:
        """Say what each side contributed to every filling of an answer."""
        return explain_filling(self._sides, self._vocabulary, filling)

    def generate(self, prompt: str = "", config: GenerateConfig = DRAW) -> Iterator[str]:
        """Continue a prompt, the text given out as it is written.

        Args:
            prompt: May be empty.
            config: How much, how freely, where to stop; the first sample alone is written.

        Yields:
            Text; prompt and all of it joined are the whole.
        """
        config = replace(config, samples=1)
        for part in continue_text(self._forward, self._vocabulary, prompt, config=config):
            if part.text:
                yield part.text

    def generate_text(self, prompt: str = "", config: GenerateConfig = DRAW) -> Generated:
        """Continue a prompt and return the whole."""
        return self.generate_samples(prompt, replace(config, samples=1))[0]

    def generate_samples(
        self, prompt: str = "", config: GenerateConfig = DRAW
    ) -> tuple[Generated, ...]:
        """Continue a prompt in several ways at once, `config.samples` of them."""
        return write_texts(self._forward, self._vocabulary, prompt, config=config)

    def best_endings(self, prompt: str = "", config: BeamConfig | None = None) -> NextWords:
        """Return the most probable ways to end a line, found by beam search.

        Args:
            prompt: How the line begins.
            config: How wide to search.

        Returns:
            Endings, best first, each with the probability of all of it; the order is by
            probability with the length accounted for.
        """
        return NextWords(
            prompt,
            best_endings(
                self._forward, self._vocabulary, self._read(prompt), config=config or BeamConfig()
            ),
        )

    def score(self, line: str) -> Score:
        """Say how surprising each word of a line is."""
        return next(self.score_lines([line]))

    def score_lines(self, lines: Iterable[str], *, context: str = "line") -> Iterator[Score]:
        """Say how surprising each word of many lines is.

        Args:
            lines: Lines without line ends.
            context: "line" starts anew at each, "document" carries on from the line before.

        Returns:
            A score a line, in order.
        """
        if context not in CONTEXTS:
            raise UsageError(f"no context named {context!r}; choose from {', '.join(CONTEXTS)}")
        is_backward = self._sides.forward is None
        if context == "line":
            return score_lines(self._sides.only(), self._vocabulary, lines, is_backward=is_backward)
        return score_document(self._forward, self._vocabulary, lines)

    def evaluate_text(self, lines: Iterable[str]) -> TextEvaluation:
        """Measure the perplexity per word of a text read as one stream."""
        return evaluate_text(
            self._sides.only(), self._archive.tokenizer, lines, reading=self._reading
        )

    def evaluate_cloze(self, path: str | Path) -> ClozeEvaluation:
        """Answer multiple-choice blanks of a CSV file: question,a,b,c,d,e,answer."""
        return evaluate_cloze(self._sides, self._vocabulary, Path(path))

    def evaluate_pairs(self, paths: Sequence[str | Path]) -> PairsEvaluation:
        """Compare good and bad sentences of JSON-lines files."""
        return evaluate_pairs(self._sides, self._vocabulary, [Path(path) for path in paths])

    def evaluate_typing(self, lines: Iterable[str], *, limit: int = LIMIT) -> TypingEvaluation:
        """Measure what suggestions save while a text is typed, `limit` words at most."""
        return evaluate_typing(
            self._forward, self._vocabulary, lines, ngram=self._archive.ngram, limit=limit
        )

    def trace(self, text: str) -> GateTrace:
        """Return every gate and state of the trained model while it reads a text."""
        return trace_text(self._archive.model, self._archive.tokenizer, text)

    @cached_property
    def info(self) -> dict[str, Any]:  # Any: JSON
        """What the model is and how it was trained."""
        return describe(self._archive)

    @property
    def tokenizer(self) -> Tokenizer:
        """How the model cuts text into pieces."""
        return self._archive.tokenizer

    @property
    def _forward(self) -> Model:
        if self._sides.forward is None:
            raise UsageError(
                "this model reads backward and can only fill, score and evaluate; "
                "train one with `--direction forward` or `both`"
            )
        return self._sides.forward

    def _read(self, text: str) -> Context:
        ids = self._archive.tokenizer.encode(text)
        return read_context(self._forward, ids, line_end_id=self._vocabulary.line_end_id)


def _positive(k: int) -> int:
    if k < 1:
        raise UsageError(f"k must be at least 1, got {k}")
    return k
