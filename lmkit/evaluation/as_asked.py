"""Perplexity of a model as it is asked: its adapters and typed text included, and without them."""

from collections.abc import Iterable
from dataclasses import replace

from lmkit.archive.build import build_model, used_adapters
from lmkit.archive.folder import Archive
from lmkit.archive.options import ALONE, ModelOptions, adapt_name, mix_name
from lmkit.evaluation.perplexity import Reading, evaluate_text
from lmkit.inference.reader import Reader
from lmkit.results import TextEvaluation


def evaluate_as_asked(
    archive: Archive, options: ModelOptions, reader: Reader, lines: Iterable[str]
) -> TextEvaluation:
    """Measure the perplexity per word of a text read as one stream, as asked and alone.

    Args:
        archive: The model folder.
        options: How its model is asked.
        reader: The model so built, with the layers put over it since.
        lines: Lines without line ends.

    Returns:
        Perplexity, bits per character and counts.

    Raises:
        DataError: If there is no line.
    """
    model, tokenizer = reader.directions.only(), archive.tokenizer
    names = used_adapters(archive, options)
    is_backward = reader.trained.forward is None
    reading = Reading(adapt=adapt_name(names), mix=mix_name(names), is_backward=is_backward)
    if not names and reader.personal is None:
        measured = evaluate_text(model, tokenizer, lines, reading=reading)
        return replace(measured, alone=measured.perplexity)
    alone = build_model(archive, replace(options, adapters=ALONE)).only()
    text = list(lines)  # read twice
    measured = evaluate_text(model, tokenizer, text, reading=reading)
    by_itself = evaluate_text(alone, tokenizer, text, reading=reading)
    return replace(measured, alone=by_itself.perplexity)
