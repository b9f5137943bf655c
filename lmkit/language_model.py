"""LanguageModel: words in, words out. Each method encodes, asks one function, and decodes.

It is the same for every kind of model, and nothing is remembered from one call to the next but what
`learn` writes in a file.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from lmkit.archive.build import build_model, open_archive, used_adapters
from lmkit.archive.describe import describe
from lmkit.archive.folder import Archive
from lmkit.archive.options import ModelOptions
from lmkit.core.json import JsonObject
from lmkit.evaluation.as_asked import AskedModel
from lmkit.evaluation.sentence_scorer import USUAL
from lmkit.evaluation.typing import LIMIT
from lmkit.inference.beam import BeamConfig, write_best
from lmkit.inference.fill.config import FillConfig
from lmkit.inference.fill.explanation import explain_fill
from lmkit.inference.fill.fill import fill_text
from lmkit.inference.generate import GenerateConfig, stream_text, write_texts
from lmkit.inference.reader import Reader
from lmkit.inference.score import score_in_context
from lmkit.inference.score_words import score_words
from lmkit.inference.trace import trace_text
from lmkit.inference.unknown_words import UnknownWord, unknown_words
from lmkit.inference.vocabulary import Vocabulary
from lmkit.results import (
    ClozeEvaluation,
    FillExplanation,
    Filling,
    GateTrace,
    Generated,
    NextWords,
    PairsEvaluation,
    Score,
    TextEvaluation,
    TypingEvaluation,
)
from lmkit.results.word_scores import WordScores
from lmkit.text.tokenizer import Tokenizer

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

    def __init__(self, archive: Archive, options: ModelOptions | None = None) -> None:
        """Wrap the contents of a model folder; `load` is the usual way.

        Args:
            archive: Models, tokenizer, adapters and facts.
            options: How the model is asked; with all that was fitted, where left out.

        Raises:
            UsageError: If the archive lacks what was asked for.
        """
        self._archive = archive
        self._options = options = options or ModelOptions()
        self._vocabulary = Vocabulary(archive.tokenizer)
        self._reader = Reader(vocabulary=self._vocabulary, trained=build_model(archive, options))

    @classmethod
    def load(
        cls,
        folder: str | Path,
        options: ModelOptions | None = None,
        *,
        device: str | None = None,
    ) -> "LanguageModel":
        """Open a model folder, or a bundled model by its name.

        Args:
            folder: What `lmkit train` wrote; a folder wins over a bundled model of its name.
            options: How the model is asked. Left out, it is asked with all that was fitted in its
                training: the backward model, the cache and the n-gram.
            device: "auto", "cpu", "cuda" or "mps", in place of that of the options.

        Raises:
            ModelError: If the folder is missing, damaged or of a newer format.
            UsageError: If it lacks what was asked for, or the machine has no such device.
        """
        options = (options or ModelOptions()).on(device)
        return cls(open_archive(folder, options), options).with_personal(options.personal)

    def with_personal(self, file: str | Path | None) -> "LanguageModel":
        """Return this model with what a person typed counted too; None leaves that out.

        Args:
            file: Plain text, a line typed a line; `learn` makes it if it is not there.
        """
        return _with_reader(self, self._reader.with_personal(file))

    def after(self, lines: Iterable[str]) -> "LanguageModel":
        """Return this model with earlier lines in memory: every text asked about follows them."""
        return _with_reader(self, self._reader.after(lines))

    def learn(self, text: str) -> int:
        """Write a text into the personal file, for all answers from now on; return its lines."""
        return self._reader.learn(text)

    def next(self, text: str = "", *, k: int = 5) -> NextWords:
        """Return the words that may come next.

        Args:
            text: What stands before, read as at the beginning of a line; may be empty.
            k: How many words.

        Returns:
            Whole words, best first.
        """
        return NextWords(text, self._reader.next_words(text, k=k))

    def complete(self, text: str, *, k: int = 5) -> NextWords:
        """Return the words that finish the begun word a text ends in.

        Args:
            text: Where it ends between words, the words that may come next are returned.
            k: How many words.

        Returns:
            Whole words, best first, with probabilities given the letters typed.
        """
        return NextWords(text, self._reader.complete(text, k=k))

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
        config = FillConfig(k=k, choices=choices, exact=exact, avoid=avoid, words=words)
        return fill_text(self._reader.directions, self._vocabulary, text, config)

    def why(self, filling: Filling) -> tuple[FillExplanation, ...]:
        """Say what each side contributed to every filling of an answer."""
        return explain_fill(self._reader.directions, self._vocabulary, filling)

    def generate(self, prompt: str = "", config: GenerateConfig = DRAW) -> Iterator[str]:
        """Continue a prompt, the text given out as it is written.

        Args:
            prompt: May be empty.
            config: How much, how freely, where to stop; the first sample alone is written.

        Yields:
            Text; prompt and all of it joined are the whole.
        """
        return stream_text(self._reader.forward, self._vocabulary, prompt, config=config)

    def generate_text(self, prompt: str = "", config: GenerateConfig = DRAW) -> Generated:
        """Continue a prompt and return the whole."""
        return self.generate_samples(prompt, replace(config, samples=1))[0]

    def generate_samples(
        self, prompt: str = "", config: GenerateConfig = DRAW
    ) -> tuple[Generated, ...]:
        """Continue a prompt in several ways at once, `config.samples` of them."""
        write = write_best if config.beam else write_texts
        return write(self._reader.forward, self._vocabulary, prompt, config=config)

    def best_endings(self, prompt: str = "", config: BeamConfig | None = None) -> NextWords:
        """Return the most probable ways to end a line, found by beam search.

        Args:
            prompt: How the line begins.
            config: How wide to search.

        Returns:
            Endings, best first, each with the probability of all of it; the order is by
            probability with the length accounted for.
        """
        return NextWords(prompt, self._reader.best_endings(prompt, config or BeamConfig()))

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
        return score_in_context(self._reader.directions, self._vocabulary, lines, context=context)

    def score_words(
        self, lines: Iterable[str], *, words: str = "given", context: str = "line"
    ) -> Iterator[WordScores]:
        """Score the words of many lines for a table, see `inference.score_words`.

        Args:
            lines: Lines without line ends.
            words: "given" for the words exactly as written, with the correction for leading spaces;
                "model" for the words that the tokens make, without it.
            context: "line" starts anew at each, "document" carries on from the line before.

        Returns:
            The scores of each line, in order.
        """
        directions = self._reader.directions
        return score_words(directions, self._vocabulary, lines, words=words, context=context)

    def evaluate_text(self, lines: Iterable[str]) -> TextEvaluation:
        """Measure the perplexity per word of a text read as one stream, as asked and alone."""
        return self._asked.on_text(lines)

    def evaluate_cloze(self, path: str | Path, metric: str | None = None) -> ClozeEvaluation:
        """Answer the questions of a cloze file; `metric`: see `AskedModel.on_cloze`."""
        return self._asked.on_cloze(Path(path), metric)

    def evaluate_pairs(self, paths: Sequence[str | Path], metric: str = USUAL) -> PairsEvaluation:
        """Compare good and bad sentences of JSON-lines files; `metric`: see `SentenceScorer`."""
        return self._asked.on_pairs(list(map(Path, paths)), metric)

    def evaluate_typing(self, lines: Iterable[str], *, limit: int = LIMIT) -> TypingEvaluation:
        """Measure what suggestions save while a text is typed, `limit` words at most."""
        return self._asked.on_typing(lines, limit=limit)

    def trace(self, text: str) -> GateTrace:
        """Return every gate and state of the trained model while it reads a text."""
        return trace_text(self._archive.network, self._archive.tokenizer, text)

    @cached_property
    def info(self) -> JsonObject:
        """The kind, size and training of the model."""
        return describe(self._archive)

    def unknown_words(self, text: str) -> tuple[UnknownWord, ...]:
        """Return the words of a text that the model lacks, and the known variant it reads."""
        return unknown_words(self._vocabulary, text)

    @property
    def adapters(self) -> tuple[str, ...]:
        """Names of the adapters that the model is asked with."""
        return used_adapters(self._archive, self._options)

    @property
    def archive(self) -> Archive:
        """The contents of the model folder."""
        return self._archive

    @property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer of the model."""
        return self._archive.tokenizer

    @property
    def _asked(self) -> AskedModel:
        return AskedModel(self._archive, self._options, self._reader)


def _with_reader(model: LanguageModel, reader: Reader) -> LanguageModel:
    """Return the model as another reader reads it, all else shared."""
    copied = copy(model)
    copied._reader = reader
    return copied
