"""End of training a direction that started from a base: how much of the change is kept."""

from collections.abc import Mapping

from torch import Tensor

from lmkit.calibration.start_weights import fit_tuned_fraction
from lmkit.calibration.temperature import positions
from lmkit.calibration.unknown_word import fit_unknown_bias
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.nn.heads.full import FullHead
from lmkit.recipes.prepare import TrainData
from lmkit.recipes.warm_start import unseen_rate
from lmkit.training.events import Status
from lmkit.training.text_validation import TextValidator

FIT_TOKENS = 3_000  # tokens of validation text that the fraction is fitted on


def fit_to_text(
    data: TrainData, model: RecurrentLM, start: Mapping[str, Tensor], validator: TextValidator
) -> Status:
    """Set a tuned model to the best mean with its base, and expect as many unknown words as come.

    Args:
        data: The run and its text.
        model: The tuned model, with its best weights.
        start: Weights that it started from.
        validator: Its validation text.

    Returns:
        What was found, as an event.
    """
    on_device = {name: weight.to(model.device) for name, weight in start.items()}
    fraction = fit_tuned_fraction(
        model, on_device, lambda: validator.validate(FIT_TOKENS).nats_per_token
    )
    unknown_id, base = data.text.tokenizer.unknown_id, data.run.base
    if unknown_id is not None and base is not None and isinstance(model.head, FullHead):
        hidden, _ = validator.sample(positions(model.vocab_size, validator.tokens))
        known = base.archive.tokenizer.vocab_size
        rate = unseen_rate(data.text, known)
        fit_unknown_bias(model.head, hidden, unknown_id=unknown_id, rate=rate)
    return Status(
        message=f"final weights: {fraction:.0%} from this training, the rest from the base"
    )
