"""Measurements of a model as it is asked: on texts, files of questions, and while typing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lmkit.archive.build import build_model, used_adapters
from lmkit.archive.folder import Archive
from lmkit.archive.options import ALONE, ModelOptions, adapt_name, mix_name
from lmkit.core.errors import UsageError
from lmkit.evaluation.cloze import evaluate_cloze
from lmkit.evaluation.contrast import CONTRAST, ContrastScorer
from lmkit.evaluation.contrast_weights import ContrastWeights, read_weights
from lmkit.evaluation.pairs import evaluate_pairs
from lmkit.evaluation.perplexity import Reading, evaluate_text
from lmkit.evaluation.sentence_scorer import USUAL, SentenceScorer
from lmkit.evaluation.typing import evaluate_typing
from lmkit.inference.reader import Reader
from lmkit.inference.vocabulary import Vocabulary
from lmkit.results import ClozeEvaluation, PairsEvaluation, TextEvaluation, TypingEvaluation

EQUAL = 0.5  # weight of the backward model in the contrast, which has weights of its own


@dataclass(frozen=True, slots=True)
class AskedModel:
    """A model as it is asked, to be measured.

    Attributes:
        archive: The model folder.
        options: How its model is asked.
        reader: The model so built, with the layers put over it since.
    """

    archive: Archive
    options: ModelOptions
    reader: Reader

    def on_text(self, lines: Iterable[str]) -> TextEvaluation:
        """Measure the perplexity per word of a text read as one stream, as asked and alone.

        Args:
            lines: Lines without line ends.

        Returns:
            Perplexity, bits per character and counts.

        Raises:
            DataError: If there is no line.
        """
        model, tokenizer = self.reader.directions.only(), self.archive.tokenizer
        names = used_adapters(self.archive, self.options)
        is_backward = self.reader.trained.forward is None
        reading = Reading(adapt=adapt_name(names), mix=mix_name(names), is_backward=is_backward)
        if not names and self.reader.personal is None:
            measured = evaluate_text(model, tokenizer, lines, reading=reading)
            return replace(measured, alone=measured.perplexity)
        alone = build_model(self.archive, replace(self.options, adapters=ALONE)).only()
        text = list(lines)  # read twice
        measured = evaluate_text(model, tokenizer, text, reading=reading)
        by_itself = evaluate_text(alone, tokenizer, text, reading=reading)
        return replace(measured, alone=by_itself.perplexity)

    def on_cloze(self, path: Path, metric: str | None = None) -> ClozeEvaluation:
        """Answer the questions of a cloze file, see `evaluate_cloze`.

        Args:
            path: The file.
            metric: A metric of sentences, or "contrast". None: the contrast where its weights were
                fitted with the model and no adapter was named, else the probability.
        """
        if metric == CONTRAST or (metric is None and self._has_contrast):
            return evaluate_cloze(self._contrast(), path)
        return evaluate_cloze(self._scorer(metric or USUAL), path)

    def on_pairs(self, paths: Sequence[Path], metric: str) -> PairsEvaluation:
        """Compare the sentences of files of pairs, see `evaluate_pairs`."""
        if metric == CONTRAST:
            raise UsageError(
                "the contrast compares the choices of a blank, and pairs of sentences have no "
                "blank; give --metric probability or slor"
            )
        return evaluate_pairs(self._scorer(metric), paths)

    def on_typing(self, lines: Iterable[str], *, limit: int) -> TypingEvaluation:
        """Type a text with the suggestions of the model, see `evaluate_typing`."""
        model, vocabulary = self.reader.forward, self.reader.vocabulary
        return evaluate_typing(model, vocabulary, lines, ngram=self.archive.ngram, limit=limit)

    def _scorer(self, metric: str) -> SentenceScorer:
        reader = self.reader
        return SentenceScorer(reader.directions, reader.vocabulary, metric, self.archive.ngram)

    @property
    def _has_contrast(self) -> bool:
        stored = self.archive.facts.get("contrast")
        return read_weights(stored) is not None and self.options.adapters is None

    def _contrast(self) -> ContrastScorer:
        return contrast_scorer(self.archive, self.options)


def contrast_scorer(archive: Archive, options: ModelOptions) -> ContrastScorer:
    """Return the scorer of choices of a model folder: its networks alone, beside its n-gram.

    Args:
        archive: The model folder.
        options: How its model is asked; adapters are left out.

    Raises:
        UsageError: If the folder has no n-gram.
    """
    if archive.ngram is None:
        raise UsageError(
            "the contrast needs the n-gram of the training text, but the model folder contains none"
        )
    directions = build_model(archive, replace(options, adapters=ALONE))
    return ContrastScorer(
        replace(directions, weight=EQUAL),
        Vocabulary(archive.tokenizer),
        archive.network,
        archive.ngram,
        read_weights(archive.facts.get("contrast")) or ContrastWeights(),
    )
