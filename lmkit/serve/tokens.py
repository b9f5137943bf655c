"""Strands that cut texts into tokens and put them together again."""

from collections.abc import Sequence

from lmkit.serve.demands import Alone, Strand
from lmkit.serve.registry import ServedModel

SHORT = 20_000  # characters or ids that are dealt with at once


def tokenize_strand(model: ServedModel, text: str, *, is_opened: bool) -> Strand:
    """Answer with the ids of a text, after a line end where it is opened by one."""
    if len(text) > SHORT:
        yield Alone()
    start = [model.tokenizer.line_end_id] if is_opened else []
    return [*start, *model.tokenizer.encode(text)]


def detokenize_strand(model: ServedModel, ids: Sequence[int]) -> Strand:
    """Answer with the text of ids."""
    if len(ids) > SHORT:
        yield Alone()
    return model.tokenizer.decode(ids)
