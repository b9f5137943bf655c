"""Adapters of the trained model: the n-gram is counted first, the rest fitted at the end."""

import math
from dataclasses import replace

from lmkit.archive.folder import NGRAM
from lmkit.calibration.adapters import FittedAdapters, fit_adapters
from lmkit.calibration.gradient_scale import measure_gradient_scale
from lmkit.data.prepare import PreparedText
from lmkit.models.adapters.adapter import FitText
from lmkit.models.adapters.ngram import NGramConfig
from lmkit.models.adapters.stack import StackEntry
from lmkit.models.ngram.ngram import NGram
from lmkit.recipes.resolve import ResolvedRun
from lmkit.recipes.write import DirectionResult
from lmkit.training.events import Calibrating

FITTING_FRACTION = 0.1  # of the seconds of training, spent fitting the adapters
SHORTEST, LONGEST = 2.0, 60.0  # seconds of fitting
GRADIENT_FRACTION = 0.1  # of the seconds of fitting, spent measuring usual gradients


def fit_ngram(job: ResolvedRun, text: PreparedText) -> None:
    """Count the n-grams of the training text; reading forward, they suit no backward model."""
    path = job.folder / NGRAM
    if not job.config.data.ngram or job.direction == "backward" or path.is_file():
        return
    ngram = NGram.fit(
        text.train.ids,
        vocab_size=text.tokenizer.vocab_size,
        line_end_id=text.tokenizer.line_end_id,
        order=job.config.data.ngram_order,
    )
    ngram.save(path)


def announce_calibration(job: ResolvedRun, passes: list[DirectionResult]) -> Calibrating | None:
    """Return what to tell who waits; None where nothing will be fitted."""
    if not _is_fitted(job, passes):
        return None
    names = ["cache", "dynamic evaluation"]
    if (job.folder / NGRAM).is_file():
        names.insert(0, "n-gram")
    if len(passes) > 1:
        names.append("backward model")
    seconds = calibration_seconds(job, passes)
    return Calibrating(companions=tuple(names), seconds=None if math.isinf(seconds) else seconds)


def fit_run_adapters(
    job: ResolvedRun, text: PreparedText, passes: list[DirectionResult]
) -> FittedAdapters:
    """Fit on validation text the adapters that the model is asked with.

    Calibrating takes about a tenth of the time that training took; an adapter that this is too
    short for is left out. Where epochs were asked for the clock has no say, and the same command
    gives the same settings.

    Args:
        job: The run.
        text: Holds the validation text.
        passes: The trained models.

    Returns:
        The settings.
    """
    if not _is_fitted(job, passes):
        return unfitted(job)
    model, seconds = passes[0].model.eval(), calibration_seconds(job, passes)
    gradients = measure_gradient_scale(model, text.train.ids, seconds=seconds * GRADIENT_FRACTION)
    path = job.folder / NGRAM
    assets: dict[str, object] = {"dynamic": gradients}
    if path.is_file():
        assets["ngram"] = NGram.load(path)
    fitted = fit_adapters(
        model,
        FitText(text.valid.ids, text.tokenizer.line_end_id),
        assets=assets,
        backward=passes[1].model.eval() if len(passes) > 1 else None,
        seconds=seconds * (1 - GRADIENT_FRACTION),
    )
    stack = (replace(e, asset=path) if e.name == "ngram" else e for e in fitted.stack)
    return replace(fitted, stack=tuple(stack))  # the file of the n-gram is copied, not made anew


def unfitted(job: ResolvedRun) -> FittedAdapters:
    """Return the adapters of a run that nothing is fitted for: the n-gram it counted is kept."""
    path = job.folder / NGRAM
    if not path.is_file():
        return FittedAdapters()
    return FittedAdapters(stack=(StackEntry("ngram", NGramConfig(), path),))


def calibration_seconds(job: ResolvedRun, passes: list[DirectionResult]) -> float:
    """Return how long fitting may take after a training; without end where epochs are counted."""
    if job.config.training.epochs:
        return math.inf
    training = sum(each.seconds for each in passes)
    return min(LONGEST, max(SHORTEST, FITTING_FRACTION * training))


def _is_fitted(job: ResolvedRun, passes: list[DirectionResult]) -> bool:
    """Tell whether there is anything to fit: a run cut short is to go on, not to wait for."""
    return job.direction != "backward" and passes[-1].finished.reason != "interrupted"
