"""Fourth phase of a recipe: the adapters of the trained model, fitted on validation text."""

import math
from collections.abc import Generator, Sequence
from dataclasses import replace

from lmkit.archive.layout import NGRAM
from lmkit.calibration.adapters import FittedAdapters, fit_adapters, measured_gain
from lmkit.models.adapters.adapter import FitText
from lmkit.models.adapters.base_ngram import BaseNGramConfig
from lmkit.models.adapters.dynamic import measure_gradient_scale
from lmkit.models.adapters.ngram import NGramConfig
from lmkit.models.adapters.stack import StackEntry
from lmkit.models.ngram.ngram import NGram
from lmkit.models.ngram.united import UnitedNGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.recipes.prepare import ResolvedRun, TrainData
from lmkit.recipes.train import DirectionResult
from lmkit.training.events import Calibrating, Event, Warned

FITTING_FRACTION = 0.1  # of the seconds of training, spent fitting the adapters
SHORTEST, LONGEST = 2.0, 60.0  # seconds of fitting
DYNAMIC = "dynamic"
FEW_IDS = 150  # of validation text: of fewer, adapters stay as they were fitted with the base
GRADIENT_FRACTION = 0.1  # of the seconds of fitting, spent measuring usual gradients


def calibrate(
    data: TrainData, results: Sequence[DirectionResult]
) -> Generator[Event, None, FittedAdapters]:
    """Fit on validation text the adapters that the model is asked with.

    Calibrating takes about a tenth of the time that training took; an adapter that this is too
    short for is left out. Where epochs were asked for the clock has no say, and the same command
    gives the same settings. An interrupt ends calibrating alone, since the model is trained.

    Args:
        data: The run and its text.
        results: The trained models.

    Yields:
        What is fitted, and a warning where it was interrupted.

    Returns:
        The adapters.
    """
    if data.run.direction == "backward" or results[-1].finished.reason == "interrupted":
        return unfitted(data.run)  # a run cut short is to go on, not to wait for
    seconds = calibration_seconds(data.run, results)
    yield _announced(data.run, results, seconds)
    try:
        return _fit(data, results, seconds)
    except KeyboardInterrupt:
        yield Warned(message="fitting was interrupted; the model is saved without fitted adapters")
        return unfitted(data.run)


def unfitted(run: ResolvedRun) -> FittedAdapters:
    """Return the adapters of a run that nothing is fitted for: the n-gram it counted is kept."""
    path = run.folder / NGRAM
    if not path.is_file():
        return FittedAdapters()
    return FittedAdapters(stack=(StackEntry("ngram", NGramConfig(), path),))


def base_ngram(run: ResolvedRun) -> UnitedNGram | None:
    """Return the n-gram of the base over the larger vocabulary; None where there is none."""
    if run.base is None or not run.config.data.ngram:
        return None
    archive = run.base.archive
    unknown_id = archive.tokenizer.unknown_id
    if archive.ngram is None or unknown_id is None:
        return None
    size = run.config.model.vocab_size
    return UnitedNGram(archive.ngram, vocab_size=size, unknown_id=unknown_id)


def calibration_seconds(run: ResolvedRun, results: Sequence[DirectionResult]) -> float:
    """Return the seconds that fitting may take; without end where epochs are counted."""
    if run.config.training.epochs:
        return math.inf
    training = sum(result.seconds for result in results)
    return min(LONGEST, max(SHORTEST, FITTING_FRACTION * training))


def _announced(run: ResolvedRun, results: Sequence[DirectionResult], seconds: float) -> Calibrating:
    names = ["n-gram"] if (run.folder / NGRAM).is_file() else []
    is_fitted = run.models == 1 and DYNAMIC not in _left_out(run)
    names += ["cache", *(["dynamic evaluation"] if is_fitted else [])]
    if len(results) > 1:
        names.append("backward model")
    return Calibrating(adapters=tuple(names), seconds=None if math.isinf(seconds) else seconds)


def _as_the_base(data: TrainData, result: DirectionResult) -> FittedAdapters:
    """Return the adapters as they were fitted with the base: a few words would fit them badly.

    The n-gram of the text is kept for those who name it.
    """
    base, stack = data.run.base, unfitted(data.run).stack
    for entry in reversed(base.archive.stack if base else ()):
        if isinstance(entry.config, NGramConfig) and (ngram := base_ngram(data.run)):
            if entry.name == "ngram" and entry.config.weights:
                weights = entry.config.weights
                config = BaseNGramConfig(weights=weights, unknown_id=ngram.unknown_id)
                stack = (StackEntry("base-ngram", config, ngram), *stack)
        elif entry.name == "cache":
            stack = (entry, *stack)
    text = FitText(data.text.valid.ids, data.text.tokenizer.line_end_id)
    return FittedAdapters(
        stack=stack,
        backward_weight=base.archive.facts.get("backward_weight") if base else None,
        gain=measured_gain(result.model, stack, text),
    )


def _left_out(run: ResolvedRun) -> tuple[str, ...]:
    """Return the adapters that a run does not fit: beside a large base, a small text has no time.

    Dynamic evaluation moves every row of the base's words at each step. It has its usual settings
    where it is asked for.
    """
    return () if run.base is None else (DYNAMIC,)


def _fit(data: TrainData, results: Sequence[DirectionResult], seconds: float) -> FittedAdapters:
    text, model, path = data.text, results[0].model, data.run.folder / NGRAM
    if data.run.base is not None and len(text.valid.ids) < FEW_IDS:
        return _as_the_base(data, results[0])
    assets: dict[str, object] = {}
    left_out = _left_out(data.run)
    if isinstance(model, RecurrentLM) and DYNAMIC not in left_out:
        time = seconds * GRADIENT_FRACTION
        assets["dynamic"] = measure_gradient_scale(model, text.train.ids, seconds=time)
    if path.is_file():
        assets["ngram"] = NGram.load(path)
    if ngram := base_ngram(data.run):
        assets["base-ngram"] = ngram
    fitted = fit_adapters(
        model,
        FitText(text.valid.ids, text.tokenizer.line_end_id),
        assets=assets,
        backward=results[1].model if len(results) > 1 else None,
        seconds=seconds * (1 - GRADIENT_FRACTION),
        leave_out=left_out,
    )
    if fitted.gain < 0:  # too little text to fit them on: the network alone is better
        return replace(fitted, stack=unfitted(data.run).stack, gain=0.0)
    stack = (replace(e, asset=path) if e.name == "ngram" else e for e in fitted.stack)
    return replace(fitted, stack=tuple(stack))  # the file of the n-gram is copied, not made anew
