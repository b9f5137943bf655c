"""Texts as tokens and tokens as texts: short ones at once, long ones in the engine thread."""

from collections.abc import Sequence

from lmkit.serve.demands import Alone, Strand
from lmkit.serve.registry import ServedModel

SHORT = 1000  # characters or ids; to hand them to the engine thread would take as long


def tokenize_text(model: ServedModel, text: str, *, is_opened: bool) -> list[int]:
    """Return the ids of a text, after a line end where it is opened by one."""
    start = [model.tokenizer.line_end_id] if is_opened else []
    return [*start, *model.tokenizer.encode(text)]


def detokenize_ids(model: ServedModel, ids: Sequence[int]) -> str:
    """Return the text of ids."""
    return model.tokenizer.decode(ids)


def tokenize_strand(model: ServedModel, text: str, *, is_opened: bool) -> Strand:
    """Answer with the ids of a long text."""
    yield Alone()
    return tokenize_text(model, text, is_opened=is_opened)


def detokenize_strand(model: ServedModel, ids: Sequence[int]) -> Strand:
    """Answer with the text of many ids."""
    yield Alone()
    return detokenize_ids(model, ids)
