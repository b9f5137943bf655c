"""Fitting of the stack of adapters and of the backward model's weight, on validation text.

The adapters are fitted in the order of the stack, each on the network alone and, where its settings
depend on what is beneath, on each lower adapter too. Where time is short less text is read, and an
adapter that cannot be fitted in it is left out. Knows no adapter by name.
"""

import math
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from lmkit.calibration.direction_weight import QUESTIONS, fit_direction_weight
from lmkit.models.adapters import ADAPTERS
from lmkit.models.adapters.adapter import Adapter, Beneath, FitText
from lmkit.models.adapters.stack import Stack, StackEntry, adapter_of, fitted_names, wrap_stack
from lmkit.models.base import Model
from lmkit.models.sequence import affordable, stream_log_probs

BACKWARD_TIME = 0.15  # of the time, for the weight of the backward model
GAIN_TIME = 0.1  # of the time, for measuring what the adapters gain
FEW_QUESTIONS = 3  # asked to learn how long one takes

Assets = Mapping[str, object]  # what an adapter keeps in a file, by the adapter's name


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedAdapters:
    """Settings of everything around a model.

    Attributes:
        stack: Adapters that were fitted, lowest first.
        backward_weight: Weight of the backward model in the score of a sentence, 0..1; None where
            there is none, or no time.
        gain: Nats per id that the adapters used by default take off the network's surprise, on the
            text that they were fitted on.
    """

    stack: Stack = field(default_factory=tuple)
    backward_weight: float | None = None
    gain: float = 0.0


def fit_adapters(
    network: Model,
    text: FitText,
    *,
    assets: Assets | None = None,
    backward: Model | None = None,
    seconds: float = math.inf,
    leave_out: Collection[str] = (),
) -> FittedAdapters:
    """Fit all settings on a bounded part of the validation text.

    Args:
        network: The trained model that reads forward, in evaluation mode.
        text: Validation text.
        assets: What adapters need besides settings.
        backward: The model that reads from right to left.
        seconds: About how long it may take.
        leave_out: Names of adapters that are not fitted.

    Returns:
        The settings.
    """
    began = time.monotonic()
    weight = None
    if backward is not None:
        weight = _backward_weight(network, backward, text, seconds=seconds * BACKWARD_TIME)
    adapters = [adapter_of(name) for name in ADAPTERS if name not in leave_out]
    stack = _fit_stack(network, text, adapters, assets or {}, began + seconds * (1 - GAIN_TIME))
    left = max(0.0, began + seconds - time.monotonic())
    gain = measured_gain(network, stack, text, seconds=left)
    return FittedAdapters(stack=stack, backward_weight=weight, gain=gain)


def measured_gain(
    network: Model, stack: Stack, text: FitText, *, seconds: float = math.inf
) -> float:
    """Measure what the adapters that are used by default gain.

    Args:
        network: The model alone.
        stack: Its adapters.
        text: Text to read.
        seconds: About how long it may take.

    Returns:
        Nats per id by which the text is less surprising with them; 0 where none is used by default
        or there is no time to read.
    """
    names = fitted_names(stack)
    if not names:
        return 0.0
    adapted = wrap_stack(network, stack, names)
    ids = affordable(adapted, text.ids, line_end_id=text.line_end_id, seconds=seconds / 2)
    if not len(ids):
        return 0.0
    with_adapters = stream_log_probs(adapted, ids, line_end_id=text.line_end_id)
    alone = stream_log_probs(network, ids, line_end_id=text.line_end_id)
    gain = float((with_adapters - alone).mean())
    return gain if math.isfinite(gain) else 0.0


def _fit_stack(
    network: Model,
    text: FitText,
    adapters: Sequence[Adapter[object, object]],
    assets: Assets,
    time_up: float,
) -> Stack:
    """Fit one adapter after another; what one leaves of its time goes to those above."""
    usual = Beneath((), network)  # with all that is used by default so far
    models, stack = [usual], []
    for place, adapter in enumerate(adapters):
        left = sum(other.time for other in adapters[place:])
        seconds = max(0.0, time_up - time.monotonic()) * adapter.time / left
        asset = assets.get(adapter.name)
        if asset is None and adapter.needs_asset:
            continue
        config = adapter.fit(models, text, asset=asset, seconds=seconds)
        if config is not None:
            stack.append(StackEntry(adapter.name, config, asset))
            models.append(_laid_on(adapter, models[0], stack[-1]))
            if not adapter.is_opt_in and adapter.is_fitted(config):
                usual = _laid_on(adapter, usual, stack[-1])
                models += [usual] if len(usual.names) > 1 else []
        elif asset is not None:  # kept with default settings for those who name the adapter
            stack.append(StackEntry(adapter.name, adapter.config_type(), asset))
    return tuple(stack)


def _laid_on(adapter: Adapter[object, object], beneath: Beneath, entry: StackEntry) -> Beneath:
    model = adapter.wrap(beneath, entry.config, entry.asset)
    return Beneath((*beneath.names, entry.name), model)


def _backward_weight(
    forward: Model, backward: Model, text: FitText, *, seconds: float
) -> float | None:
    began = time.monotonic()
    _direction_weight(forward, backward, text, most=FEW_QUESTIONS)
    each = (time.monotonic() - began) / FEW_QUESTIONS
    most = int(min(seconds / max(each, 1e-9), QUESTIONS))
    if most < QUESTIONS // 10:
        return None
    return _direction_weight(forward, backward, text, most=most)


def _direction_weight(forward: Model, backward: Model, text: FitText, *, most: int) -> float:
    return fit_direction_weight(
        forward, backward, text.ids, line_end_id=text.line_end_id, most=most
    )
