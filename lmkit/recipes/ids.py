"""Training on ids that were made before: the request has to suit their tokenizer."""

from collections.abc import Sequence

from lmkit.core.errors import UsageError
from lmkit.data.prepare import prepare_ids
from lmkit.data.prepared_text import PreparedText
from lmkit.data.sources import Source, Tokenized
from lmkit.recipes.resolve import TrainPlan
from lmkit.text.tokenizer import Tokenizer


def read_ids(plan: TrainPlan, sources: Sequence[Source], valid: Source | None) -> PreparedText:
    """Return the ids of a prepared source.

    Args:
        plan: The checked request.
        sources: Its sources.
        valid: Its validation text, of which the words are read with the tokenizer of the source.

    Raises:
        DataError: If the source is damaged.
        UsageError: If there are other sources beside, or the request asks for other ids.
    """
    source = sources[0]
    if not isinstance(source, Tokenized) or len(sources) > 1:
        raise UsageError(
            "a prepared text cannot be mixed with other texts; prepare all texts together, "
            "with --valid for the validation text"
        )
    if isinstance(valid, Tokenized):
        raise UsageError("the validation text must be a text, not a prepared folder; give the file")
    _check_request(plan, source.tokenizer, name=sources[0].name)
    return prepare_ids(source, valid)


def _check_request(plan: TrainPlan, tokenizer: Tokenizer, *, name: str) -> None:
    """Refuse settings of the text other than those the ids were made with, and other bases."""
    for key, value in (plan.settings.get("text") or {}).items():
        made = getattr(tokenizer.config, key, None)
        if value != made:
            raise UsageError(
                f"{name} was prepared with {key} = {made}, not {value}; leave that out, or prepare "
                "the text again"
            )
    if plan.base is not None and plan.base.archive.tokenizer.to_json() != tokenizer.to_json():
        raise UsageError(
            f"{name} was prepared with another vocabulary than that of {plan.base.name}; prepare "
            f"the text with --vocab {plan.base.name}"
        )
