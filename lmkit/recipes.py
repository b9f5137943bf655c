"""The whole pipelines, top to bottom: text in, a model folder out."""

import hashlib
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from lmkit.config import RunConfig, choose_preset, load_config
from lmkit.core.devices import prepare_cpu
from lmkit.core.errors import UsageError
from lmkit.core.seeding import SEED_LIMIT, make_generator
from lmkit.data.batches import Batch, Batches
from lmkit.data.prepare import PreparedText, prepare
from lmkit.data.sources import SourceConfig, open_source
from lmkit.models.archive import NGRAM, TRAINING, Archive, complete_facts, save_archive
from lmkit.models.card import model_card
from lmkit.models.ngram import NGram
from lmkit.models.recurrent_lm import RecurrentLM
from lmkit.nn.state import State
from lmkit.results import Trained
from lmkit.training.checkpoint import has_checkpoint
from lmkit.training.config import TrainingConfig
from lmkit.training.event_log import EventLog
from lmkit.training.events import Event, Finished, Notice
from lmkit.training.run_facts import machine_facts, notices, prepared_event, text_facts
from lmkit.training.run_folder import begin, check_out, settings_of
from lmkit.training.setting import Setting
from lmkit.training.text_validation import TextValidator
from lmkit.training.trainer import Trainer

DIRECTIONS = ("forward", "backward", "both")
DEFAULT_MINUTES = 10.0  # where neither minutes nor epochs are given and the text is not small
SMALL_TEXT = 400_000  # words; of a smaller one, epochs are the default budget
DEFAULT_WORDS = 2_000_000  # read in all of a small text, in at most MOST_EPOCHS
MOST_EPOCHS = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainRequest:
    """What `lmkit train` was asked; None: not said."""

    sources: tuple[str, ...]
    out: Path
    valid: str | None = None
    preset: str | None = None
    unit: str | None = None
    cell: str | None = None
    direction: str | None = None  # forward | backward | both; forward where not said
    minutes: float | None = None
    epochs: float | None = None
    seed: int = 0
    settings: tuple[str, ...] = ()  # KEY=VALUE
    config: Path | None = None  # a TOML file
    column: str = "text"
    resume: bool = False
    force: bool = False
    ngram: bool | None = None  # fit an n-gram companion along
    command: str = ""  # written into the model card


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A request with nothing left open."""

    request: TrainRequest
    config: RunConfig
    preset: str
    direction: str
    seed: int

    @property
    def folder(self) -> Path:
        """Where the run keeps what it needs to go on."""
        return self.request.out / TRAINING

    @property
    def passes(self) -> tuple[str, ...]:
        """The directions to train, one after the other."""
        return ("forward", "backward") if self.direction == "both" else (self.direction,)

    def settings(self) -> dict[str, Any]:
        """Return what a resumed run starts from (Any: it becomes JSON)."""
        return {
            "config": self.config.to_table(),
            "preset": self.preset,
            "direction": self.direction,
            "seed": self.seed,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """What training in one direction came to."""

    model: RecurrentLM  # with its best weights
    finished: Finished
    perplexity: float  # of the whole validation text
    seconds: float  # closing measurement included


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
    check_out(request.out, resume=request.resume, force=request.force)
    began = time.monotonic()
    stored = settings_of(request.out) if request.resume else None
    config = _config(request, stored, preset=request.preset)
    prepare_cpu(torch.get_num_threads())
    text = _read(request, config, seed=stored["seed"] if stored else request.seed)
    job = _settled(request, stored, text)
    if not request.resume:
        begin(request.out, job.settings())
    log = EventLog(job.folder)
    passes: list[Pass] = []
    for event in _events(job, text, passes, began=began, stop=stop):
        log.append(event)
        yield event
    yield _write(job, text, passes, log)


def _config(
    request: TrainRequest, stored: dict[str, Any] | None, *, preset: str | None
) -> RunConfig:
    """Compose the settings; a resumed run begins with those it had."""
    if request.direction not in (None, *DIRECTIONS):
        raise UsageError(
            f"no direction named {request.direction!r}; choose from {', '.join(DIRECTIONS)}"
        )
    return load_config(
        preset=None if stored else preset,
        stored=stored["config"] if stored else None,
        file=request.config,
        settings=request.settings,
        options={
            "unit": request.unit,
            "cell": request.cell,
            "minutes": request.minutes,
            "epochs": request.epochs,
            "ngram": request.ngram,
        },
    )


def _read(request: TrainRequest, config: RunConfig, *, seed: int) -> PreparedText:
    """Read the sources and make ids of them, or find those made before."""
    reading = SourceConfig(column=request.column, seed=seed)
    if not request.sources:
        raise UsageError("there is nothing to train on; give a text file, a folder or a name")
    sources = [open_source(spec, reading) for spec in request.sources]
    valid = open_source(request.valid, reading) if request.valid else None
    return prepare(sources, valid, config.text)


def _settled(request: TrainRequest, stored: dict[str, Any] | None, text: PreparedText) -> Job:
    """Choose what was left open by what the text is like."""
    preset = stored["preset"] if stored else request.preset
    if preset is None:
        minutes = _config(request, stored, preset=None).training.minutes
        preset = choose_preset(text.train.words, minutes)
    config = _config(request, stored, preset=preset)
    training = with_budget(config.training, text.train.words)
    model = replace(config.model, vocab_size=text.tokenizer.vocab_size)
    return Job(
        request=request,
        config=replace(config, model=model, training=training),
        preset=preset,
        direction=(stored or {}).get("direction") or request.direction or "forward",
        seed=stored["seed"] if stored else request.seed,
    )


def with_budget(training: TrainingConfig, words: int) -> TrainingConfig:
    """Return a config with a budget: where none was given, epochs for a small text, else minutes.

    Args:
        training: As it was asked for.
        words: Training words.
    """
    if training.minutes or training.epochs:
        return training
    if words > SMALL_TEXT:
        return replace(training, minutes=DEFAULT_MINUTES)
    return replace(training, epochs=float(min(MOST_EPOCHS, max(1, DEFAULT_WORDS // words))))


def _events(
    job: Job,
    text: PreparedText,
    passes: list[Pass],
    *,
    began: float,
    stop: Callable[[], bool],
) -> Iterator[Event]:
    """Train each direction in turn and put what it came to into `passes`."""
    yield from notices(text)
    reading_took = time.monotonic() - began
    _fit_ngram(job, text)
    for number, direction in enumerate(job.passes):
        model = RecurrentLM(job.config.model, make_generator(job.seed * 2 + number))
        if number == 0:
            parameters = model.parameter_count()
            yield prepared_event(text, parameters=parameters, seconds=reading_took)
        else:
            yield Notice(message="now the backward companion, in the other half of the budget")
        passes.append((yield from _train(job, text, model, direction=direction, stop=stop)))
        if passes[-1].finished.reason == "interrupted":
            return


def _fit_ngram(job: Job, text: PreparedText) -> None:
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


def _train(
    job: Job, text: PreparedText, model: RecurrentLM, *, direction: str, stop: Callable[[], bool]
) -> Generator[Event, None, Pass]:
    """Train one direction, then measure it on the whole validation text."""
    torch.manual_seed(job.seed % SEED_LIMIT)
    validator = _validator(text, model, direction)
    folder = job.folder / direction
    setting = Setting(
        folder=folder,
        resume=has_checkpoint(folder),
        fingerprint=_fingerprint(job, text, direction),
        ids_per_word=len(text.train.ids) / text.train.words,
        closing=1.0,
        stop=stop,
    )
    share = 1.0 / len(job.passes)
    config = replace(job.config.training, minutes=job.config.training.minutes * share)
    trainer: Trainer[Batch, State] = Trainer(
        model, model, _batches(job, text, direction), validator, config=config, setting=setting
    )
    finished = None
    for event in trainer.run():
        finished = event if isinstance(event, Finished) else None
        yield event
    if finished is None:
        raise AssertionError("a run ends with Finished")
    began = time.monotonic()
    perplexity = finished.best_perplexity
    if trainer.pace.times.validation_ids < validator.ids:
        perplexity = validator.perplexity(validator.ids)
    seconds = finished.seconds + time.monotonic() - began
    return Pass(model=model, finished=finished, perplexity=perplexity, seconds=seconds)


def _batches(job: Job, text: PreparedText, direction: str) -> Batches:
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
        ids_per_word=len(ids) / text.valid.words,
        line_end_id=text.tokenizer.line_end_id,
    )


def _fingerprint(job: Job, text: PreparedText, direction: str) -> str:
    """Return a name for the data, the model and the chance of a run."""
    training = job.config.training
    parts = (text.key, job.config.model, direction, job.seed)
    windows = (training.batch, training.time, training.optimizer, job.config.data.shift_epochs)
    return hashlib.sha256(repr((parts, windows)).encode()).hexdigest()


def _write(job: Job, text: PreparedText, passes: list[Pass], log: EventLog) -> Trained:
    """Write the model folder and say what the run came to."""
    result = _result(job, text, passes)
    ngram_file = job.folder / NGRAM
    archive = Archive(
        model=passes[0].model,
        tokenizer=text.tokenizer,
        backward=passes[1].model if len(passes) > 1 else None,
    )
    direction = job.direction if len(passes) == len(job.passes) else job.passes[0]
    facts = {"direction": direction, "training": _facts(job, text, passes, result)}
    archive = replace(archive, facts=facts)
    card = model_card(complete_facts(archive), name=job.request.out.resolve().name)
    save_archive(
        job.request.out,
        archive,
        card=card,
        metrics=log.text(),
        ngram_file=ngram_file if ngram_file.is_file() else None,
    )
    return result


def _result(job: Job, text: PreparedText, passes: list[Pass]) -> Trained:
    seconds = sum(each.seconds for each in passes)
    ids = sum(each.finished.tokens for each in passes)
    return Trained(
        out=str(job.request.out),
        parameters=sum(each.model.parameter_count() for each in passes),
        words=text.train.words,
        steps=sum(each.finished.step for each in passes),
        seconds=seconds,
        words_per_second=ids * text.train.words / len(text.train.ids) / max(1e-9, seconds),
        perplexity=passes[0].perplexity,
        stopped=passes[-1].finished.reason,
    )


def _facts(job: Job, text: PreparedText, passes: list[Pass], result: Trained) -> dict[str, Any]:
    """Return what config.json tells of the training (Any: it becomes JSON)."""
    ids = sum(each.finished.tokens for each in passes)
    return {
        "sources": list(job.request.sources),
        "valid": job.request.valid or "the tail of the text, held out",
        "preset": job.preset,
        "seed": job.seed,
        "command": job.request.command or "lmkit.train_language_model(...)",
        **text_facts(text),
        **machine_facts(),
        **result.to_dict(),
        "perplexity_backward": passes[1].perplexity if len(passes) > 1 else None,
        "epochs": ids / len(passes) / len(text.train.ids),
        "settings": job.config.to_table(),
    }
