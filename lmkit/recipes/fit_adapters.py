"""What stands around the trained model: an n-gram, and how much each companion has to say."""

import math

from lmkit.archive.folder import NGRAM
from lmkit.calibration.adapters import AdapterInputs, fit_adapters
from lmkit.calibration.gradient_scale import measure_gradient_scale
from lmkit.data.prepare import PreparedText
from lmkit.models.ngram.ngram import NGram
from lmkit.recipes.resolve import ResolvedRun
from lmkit.recipes.write import DirectionResult, RunAdapters
from lmkit.training.events import Calibrating

FITTING_SHARE = 0.1  # of the seconds of training, spent fitting the companions
SHORTEST, LONGEST = 2.0, 60.0  # seconds of fitting
GRADIENT_SHARE = 0.1  # of the seconds of fitting, spent measuring usual gradients


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
    return Calibrating(adapters=tuple(names), seconds=None if math.isinf(seconds) else seconds)


def fit_run_adapters(
    job: ResolvedRun, text: PreparedText, passes: list[DirectionResult]
) -> RunAdapters:
    """Fit on validation text what asking with companions takes from the model folder.

    Calibrating takes about a tenth of the time that training took; what that is too short for keeps
    its defaults. Where epochs were asked for the clock has no say, and the same command gives the
    same settings.

    Args:
        job: What is trained.
        text: Holds the validation text.
        passes: The trained models.

    Returns:
        The settings, and the usual gradients of the first model.
    """
    if not _is_fitted(job, passes):
        return RunAdapters()
    model, seconds = passes[0].model.eval(), calibration_seconds(job, passes)
    gradients = measure_gradient_scale(model, text.train.ids, seconds=seconds * GRADIENT_SHARE)
    path = job.folder / NGRAM
    around = AdapterInputs(
        ngram=NGram.load(path) if path.is_file() else None,
        backward=passes[1].model.eval() if len(passes) > 1 else None,
        scale=gradients,
    )
    settings = fit_adapters(
        model,
        text.valid.ids,
        line_end_id=text.tokenizer.line_end_id,
        around=around,
        seconds=seconds * (1 - GRADIENT_SHARE),
    )
    return RunAdapters(settings=settings, gradients=gradients)


def calibration_seconds(job: ResolvedRun, passes: list[DirectionResult]) -> float:
    """Return how long fitting may take after a training; without end where epochs are counted."""
    if job.config.training.epochs:
        return math.inf
    training = sum(each.seconds for each in passes)
    return min(LONGEST, max(SHORTEST, FITTING_SHARE * training))


def _is_fitted(job: ResolvedRun, passes: list[DirectionResult]) -> bool:
    """Tell whether there is anything to fit: a run cut short is to go on, not to wait for."""
    return job.direction != "backward" and passes[-1].finished.reason != "interrupted"
