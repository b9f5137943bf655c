"""Settings that are chosen by the size of the text: preset, budget, exact softmax, output layer."""

from collections.abc import Callable
from dataclasses import replace

import torch

from lmkit.config import RunConfig
from lmkit.core.free_cores import usable_cores
from lmkit.models.recurrent.recurrent_lm import RecurrentLMConfig
from lmkit.nn.heads.head import LARGE_VOCABULARY, choose_head
from lmkit.recipes.preset_choice import FEW_EPOCHS, WORDS_A_MINUTE, choose_preset
from lmkit.training.config import TrainingConfig
from lmkit.training.machine_speed import relative_speed
from lmkit.training.precision import resolve_precision

MOST_AUTO = 4  # networks of a direction: asking costs as many times as much
DEFAULT_MINUTES = 10.0  # where neither minutes nor epochs are given and the text is not small
SMALL_TEXT = 400_000  # words; of a smaller one, epochs are the default budget
DEFAULT_WORDS = 2_000_000  # read in all of a small text, in at most MOST_EPOCHS
MOST_EPOCHS = 40
EXACT_FRACTION = 0.1  # of a run, for a vocabulary that is not large


def fitting_preset(
    training: TrainingConfig,
    words: int,
    *,
    members: float,
    speed: Callable[[], float] = relative_speed,
) -> str:
    """Return the preset that fits a text and what this machine does in the time for a network.

    Args:
        training: Settings given beside a preset; holds the budget, if one was given.
        words: Training words.
        members: Networks that share the budget or the cores, for each process.
        speed: Minutes of the usual machine that a minute of this one is worth.
    """
    budget = with_budget(training, words)
    minutes = budget.minutes / members
    return choose_preset(words, minutes * speed() if minutes else 0.0, budget.epochs)


def choose_models(
    training: TrainingConfig,
    words: int,
    *,
    directions: int,
    device: str = "cpu",
    cores: int | None = None,
    speed: Callable[[], float] = relative_speed,
) -> int:
    """Return how many networks of a direction to train side by side and average.

    One for each core, where the text is read several times: a text that is read once or twice gains
    more from one network that reads it all.

    Args:
        training: Settings; hold the budget, if one was given.
        words: Training words.
        directions: Directions that train side by side too.
        device: Type of the device of the training steps.
        cores: Cores there are; asked of the machine when left out.
        speed: Minutes of the usual machine that a minute of this one is worth.
    """
    each = (usable_cores() if cores is None else cores) // directions
    if device != "cpu" or each < 2:
        return 1
    budget = with_budget(training, words)
    members = directions * each
    epochs = budget.epochs or budget.minutes * speed() * WORDS_A_MINUTE / words / members
    return min(each, MOST_AUTO) if epochs >= FEW_EPOCHS else 1


def for_text(
    config: RunConfig, *, words: int, vocab_size: int, device_type: str = "cpu"
) -> RunConfig:
    """Return settings with everything chosen that follows from the text.

    Args:
        config: The settings, still without it.
        words: Training words.
        vocab_size: Ids of the tokenizer.
        device_type: Type of the device of the training steps, as torch names it.
    """
    training = with_exact_fraction(with_budget(config.training, words), vocab_size)
    training = with_precision(training, config.model, device_type)
    head = choose_head(config.model.head, vocab_size)  # kept by name: the choice may change
    model = replace(config.model, vocab_size=vocab_size, head=head)
    return replace(config, model=model, training=training)


def with_budget(training: TrainingConfig, words: int) -> TrainingConfig:
    """Return a config with a budget: where none was given, epochs for a small text, else minutes.

    Args:
        training: The settings given.
        words: Training words.
    """
    if training.minutes or training.epochs:
        return training
    if words > SMALL_TEXT:
        return replace(training, minutes=DEFAULT_MINUTES)
    return replace(training, epochs=float(min(MOST_EPOCHS, max(1, DEFAULT_WORDS // words))))


def with_precision(
    training: TrainingConfig, model: RecurrentLMConfig, device_type: str
) -> TrainingConfig:
    """Return a config that names the precision, for a run goes on in that which it began with.

    Args:
        training: The settings given.
        model: Model to train.
        device_type: Type of the device of the training steps, as torch names it.
    """
    width = max(model.hidden, model.last_hidden) if model.cell == "lstm" else 0
    device = torch.device(device_type)
    resolved = resolve_precision(training.precision, width=width, device=device)
    return replace(training, precision=resolved)


def with_exact_fraction(training: TrainingConfig, vocab_size: int) -> TrainingConfig:
    """Return a config that says when a sampled softmax is exact: in the end, if that is affordable.

    Args:
        training: The settings given.
        vocab_size: Logits of an exact prediction.
    """
    if training.exact_fraction is not None:
        return training
    fraction = EXACT_FRACTION if vocab_size <= LARGE_VOCABULARY else 0.0
    return replace(training, exact_fraction=fraction)
