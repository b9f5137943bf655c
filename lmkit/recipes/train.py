"""Text in, a model folder out."""

import hashlib
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import replace

import numpy as np
import torch

from lmkit.archive.writing import refuse_sources_inside
from lmkit.calibration.adapters import FittedAdapters
from lmkit.config import RunConfig
from lmkit.core.devices import choose_device, keep_freed_memory, prepare_cpu
from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batches
from lmkit.data.corpus import count_ids
from lmkit.data.prepare import PreparedText, prepare
from lmkit.data.sources import STDIN, SourceConfig, open_source
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.recipes.fit_adapters import (
    announce_calibration,
    fit_ngram,
    fit_run_adapters,
    unfitted,
)
from lmkit.recipes.memory_check import check_memory
from lmkit.recipes.resolve import (
    ResolvedRun,
    TrainRequest,
    merge_settings,
    resolve,
    stored_settings,
)
from lmkit.recipes.run_facts import notices, prepared_event
from lmkit.recipes.run_folder import begin, check_out, claimed, rehearse_writing
from lmkit.recipes.temperature import calibration_readings, close
from lmkit.recipes.write import DirectionResult, write_folder
from lmkit.results import Trained
from lmkit.training.checkpoint import has_checkpoint
from lmkit.training.event_log import EventLog
from lmkit.training.events import Event, Finished, Status, Warned
from lmkit.training.optimizers.build import row_tables
from lmkit.training.run_context import RunContext
from lmkit.training.text_validation import TextValidator
from lmkit.training.trainer import Trainer


def never() -> bool:
    """Do not stop."""
    return False


def train_language_model(
    request: TrainRequest, *, stop: Callable[[], bool] = never
) -> Iterator[Event | Trained]:
    """Read text, train on it, and write a model folder.

    Args:
        request: What to do.
        stop: Asked after each step; yes ends training, saves, and writes the model as it is.

    Yields:
        What happens; the last is the result.

    Raises:
        LmkitError: As its kinds say. A model that was in the folder is then still there.
    """
    texts = (*request.sources, *([request.valid] if request.valid else []))
    refuse_sources_inside(request.out, texts)
    check_out(request.out, resume=request.resume, force=request.force)
    began = time.monotonic()
    stored = stored_settings(request)
    config = merge_settings(request, stored, preset=request.preset)
    check_memory(config.model)
    choose_device(request.device)  # a device that is not there is refused before anything is read
    prepare_cpu()
    text = _read(request, config, seed=stored["seed"] if stored else request.seed)
    job = resolve(request, stored, text)
    check_memory(job.config.model)
    with claimed(request.out):
        rehearse_writing(request.out, job.config.model, directions=len(job.passes))
        if not request.resume:
            begin(request.out, job.settings())
        yield from _run(job, text, began=began, stop=stop)


def _read(request: TrainRequest, config: RunConfig, *, seed: int) -> PreparedText:
    """Read the sources and make ids of them, or find those made before."""
    reading = SourceConfig(column=request.column, seed=seed)
    if not request.sources:
        raise UsageError("there is nothing to train on; give a text file, a folder or a name")
    if (*request.sources, request.valid).count(STDIN) > 1:
        raise UsageError("standard input, '-', can be read once; give a file for the rest")
    sources = [open_source(spec, reading) for spec in request.sources]
    valid = open_source(request.valid, reading) if request.valid else None
    return prepare(sources, valid, config.text)


def _run(
    job: ResolvedRun, text: PreparedText, *, began: float, stop: Callable[[], bool]
) -> Iterator[Event | Trained]:
    """Train, fit what stands around the model, and write the folder."""
    log = EventLog(job.folder)
    passes: list[DirectionResult] = []
    for event in _events(job, text, passes, began=began, stop=stop):
        log.append(event)
        yield event
    if fitting := announce_calibration(job, passes):
        log.append(fitting)
        yield fitting
    adapters = yield from _fitted(job, text, passes, log=log)
    yield write_folder(job, text, passes, adapters=adapters, log=log)


def _events(
    job: ResolvedRun,
    text: PreparedText,
    passes: list[DirectionResult],
    *,
    began: float,
    stop: Callable[[], bool],
) -> Iterator[Event]:
    """Train each direction in turn and put what it came to into `passes`."""
    yield from notices(text)
    reading_took = time.monotonic() - began
    fit_ngram(job, text)
    for number, direction in enumerate(job.passes):
        model = RecurrentLM(job.config.model, make_generator(job.seed * 2 + number))
        model.set_frequencies(torch.from_numpy(count_ids(text.train.ids, model.vocab_size)))
        if number == 0:
            parameters = model.parameter_count()
            yield prepared_event(text, parameters=parameters, seconds=reading_took)
        else:
            yield Status(message="now the backward model, in the other half of the budget")
        passes.append((yield from _train(job, text, model, direction=direction, stop=stop)))
        yield from _distance_to_best(job, passes[-1].perplexity)
        if passes[-1].finished.reason == "interrupted":
            return


def _fitted(
    job: ResolvedRun, text: PreparedText, passes: list[DirectionResult], *, log: EventLog
) -> Generator[Event, None, FittedAdapters]:
    """Fit the adapters; an interrupt ends that alone, for the model is trained."""
    try:
        return fit_run_adapters(job, text, passes)
    except KeyboardInterrupt:
        notice = Warned(
            message="fitting was interrupted; the model is kept without what was to be fitted"
        )
        log.append(notice)
        yield notice
        return unfitted(job)


def _distance_to_best(job: ResolvedRun, perplexity: float) -> Iterator[Warned]:
    """Say how far the model is from the best possible, where that is known."""
    if job.request.sources != ("grammar",) or job.request.valid not in (None, "grammar"):
        return
    from lmkit.data.sources.grammar import GrammarSource

    best = 2.0 ** GrammarSource(seed=job.seed).entropy_per_word
    yield Warned(
        message=f"the grammar's entropy allows a perplexity of {best:.2f} at best; "
        f"the model has {perplexity:.2f}, {perplexity / best - 1:.1%} more"
    )


def _train(
    job: ResolvedRun,
    text: PreparedText,
    model: RecurrentLM,
    *,
    direction: str,
    stop: Callable[[], bool],
) -> Generator[Event, None, DirectionResult]:
    """Train one direction, fit its temperature, and measure it on the whole validation text."""
    model.to(choose_device(job.request.device))
    validator = _validator(text, model, direction)
    folder = job.folder / direction
    context = RunContext(
        folder=folder,
        resume=has_checkpoint(folder),
        fingerprint=_fingerprint(job, text, direction),
        seed=job.seed,
        tokens_per_word=len(text.train.ids) / text.train.words,
        final_readings=calibration_readings(job.config, validator),
        stop=stop,
    )
    minutes = job.config.training.minutes / len(job.passes)
    config = replace(job.config.training, minutes=minutes)
    if not row_tables(model, config):  # else each step has gradients of other sizes
        keep_freed_memory()
    windows = _batches(job, text, direction)
    trainer = Trainer(model, windows, validator, config=config, context=context)
    finished = None
    for event in trainer.run():
        finished = event if isinstance(event, Finished) else None
        yield event
    if finished is None:
        raise AssertionError("a run ends with Finished")
    is_measured = trainer.budget.times.validation_tokens >= validator.tokens
    result = yield from close(model, finished, validator, is_measured=is_measured, config=config)
    model.to("cpu")  # adapters are fitted there
    return result


def _batches(job: ResolvedRun, text: PreparedText, direction: str) -> Batches:
    return Batches(
        text.train.ids,
        batch=job.config.training.batch,
        time=job.config.training.time,
        line_end_id=text.tokenizer.line_end_id,
        reverse=direction == "backward",
        seed=job.seed if job.config.data.shift_epochs else None,
    )


def _validator(text: PreparedText, model: RecurrentLM, direction: str) -> TextValidator:
    """Return what measures a model; a backward one reads the text from its last word."""
    ids = text.valid.ids
    if direction == "backward":
        ids = np.append(ids[:-1][::-1], ids[-1:])
    return TextValidator(
        model,
        ids,
        words=text.valid.words,
        line_end_id=text.tokenizer.line_end_id,
    )


def _fingerprint(job: ResolvedRun, text: PreparedText, direction: str) -> str:
    """Return a name for the data, the model and the chance of a run."""
    training = job.config.training
    parts = (text.key, job.config.model, direction, job.seed)
    windows = (training.batch, training.time, training.optimizer, job.config.data.shift_epochs)
    return hashlib.sha256(repr((parts, windows)).encode()).hexdigest()
