"""What stands around the trained model: an n-gram, and how much each companion has to say."""

import math

from lmkit.data.prepare import PreparedText
from lmkit.evaluation.companions import Surroundings, fit_companions
from lmkit.evaluation.usual_gradients import usual_gradients
from lmkit.models.archive import NGRAM
from lmkit.models.ngram import NGram
from lmkit.recipes.outcome import Companions, Pass
from lmkit.recipes.request import Job
from lmkit.training.events import Fitting

FITTING_SHARE = 0.1  # of the seconds of training, spent fitting the companions
SHORTEST, LONGEST = 2.0, 60.0  # seconds of fitting
GRADIENT_SHARE = 0.1  # of the seconds of fitting, spent measuring usual gradients


def fit_ngram(job: Job, text: PreparedText) -> None:
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


def announce_fitting(job: Job, passes: list[Pass]) -> Fitting | None:
    """Return what to tell who waits; None where nothing will be fitted."""
    if not _is_fitted(job, passes):
        return None
    names = ["cache", "dynamic evaluation"]
    if (job.folder / NGRAM).is_file():
        names.insert(0, "n-gram")
    if len(passes) > 1:
        names.append("backward model")
    seconds = fitting_seconds(job, passes)
    return Fitting(companions=tuple(names), seconds=None if math.isinf(seconds) else seconds)


def fit_around(job: Job, text: PreparedText, passes: list[Pass]) -> Companions:
    """Fit on validation text what asking with companions takes from the model folder.

    Fitting takes about a tenth of the time that training took; what that is too short for keeps
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
        return Companions()
    model, seconds = passes[0].model.eval(), fitting_seconds(job, passes)
    gradients = usual_gradients(model, text.train.ids, seconds=seconds * GRADIENT_SHARE)
    path = job.folder / NGRAM
    around = Surroundings(
        ngram=NGram.load(path) if path.is_file() else None,
        backward=passes[1].model.eval() if len(passes) > 1 else None,
        scale=gradients,
    )
    settings = fit_companions(
        model,
        text.valid.ids,
        line_end_id=text.tokenizer.line_end_id,
        around=around,
        seconds=seconds * (1 - GRADIENT_SHARE),
    )
    return Companions(settings=settings, gradients=gradients)


def fitting_seconds(job: Job, passes: list[Pass]) -> float:
    """Return how long fitting may take after a training; without end where epochs are counted."""
    if job.config.training.epochs:
        return math.inf
    training = sum(each.seconds for each in passes)
    return min(LONGEST, max(SHORTEST, FITTING_SHARE * training))


def _is_fitted(job: Job, passes: list[Pass]) -> bool:
    """Tell whether there is anything to fit: a run cut short is to go on, not to wait for."""
    return job.direction != "backward" and passes[-1].finished.reason != "interrupted"
