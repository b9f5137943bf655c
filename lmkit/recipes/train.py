"""Training of one network of a run: its temperature is fitted, and it is measured."""

import hashlib
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import Self

import torch

from lmkit.calibration.temperature import POINTS, fit_temperature, positions
from lmkit.config import RunConfig
from lmkit.core.devices import keep_freed_memory
from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batch, Batches, Ids, reversed_lines
from lmkit.data.corpus import count_ids
from lmkit.data.prepared_text import PreparedText
from lmkit.data.word_vectors import word_vectors
from lmkit.models.recurrent.average import AverageLM
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.models.weights import weights_of
from lmkit.nn.state import State
from lmkit.recipes.members import Member, minutes_of_member
from lmkit.recipes.prepare import ResolvedRun, TrainData
from lmkit.recipes.warm_end import fit_to_text
from lmkit.recipes.warm_start import start_model
from lmkit.training.checkpoint import has_checkpoint, share_checkpoint
from lmkit.training.config import TrainingConfig
from lmkit.training.events import Event, Finished, TemperatureFitted, Warned
from lmkit.training.optimizers.build import row_tables
from lmkit.training.run_context import RunContext
from lmkit.training.shared_validation import SharedValidator
from lmkit.training.text_validation import TextValidator
from lmkit.training.threads import ThreadsByLoad, is_left_to_us
from lmkit.training.trainer import Trainer


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionResult:
    """The trained network of a direction, or the average of several, and its figures."""

    model: RecurrentLM | AverageLM  # with its best weights
    finished: Finished
    perplexity: float  # of the whole validation text
    seconds: float  # the final measurement included


def train_member(
    data: TrainData, member: Member, *, stop: Callable[[], bool]
) -> Generator[Event, None, DirectionResult]:
    """Train one network in this process.

    Args:
        data: The run and its text.
        member: The network.
        stop: Asked after each step; yes ends training and saves.

    Yields:
        The events of training.

    Returns:
        The trained network and its figures.
    """
    share_checkpoint(data.run.folder / member.name, data.world)
    model = _new_model(data, member)
    result = yield from _train_model(data, model, member=member, stop=stop)
    yield from _distance_to_best(data.run, result.perplexity)
    return result


def follow_member(data: TrainData, member: Member, *, stop: Callable[[], bool]) -> Finished:
    """Train one network as a process that writes nothing.

    Args:
        data: The run and its text; its folder is one of this process alone.
        member: The network.
        stop: Asked after each step; yes ends training in all processes.

    Returns:
        The end of training, alike in all processes.
    """
    share_checkpoint(data.run.folder / member.name, data.world)
    training = _Training.of(data, _new_model(data, member), member, stop=stop)
    (finished,) = [event for event in training.run() if isinstance(event, Finished)]
    return finished


def batches_of(run: ResolvedRun, text: PreparedText, direction: str) -> Batches:
    """Return the windows of the training text, of all processes.

    Args:
        run: The run.
        text: The prepared text.
        direction: forward or backward.
    """
    return Batches(
        text.train.ids,
        batch=run.config.training.batch,
        time=run.config.training.time,
        line_end_id=text.tokenizer.line_end_id,
        reverse=direction == "backward",
        seed=run.seed if run.config.data.shift_epochs else None,
    )


def validator_of(
    text: PreparedText, model: RecurrentLM | AverageLM, direction: str
) -> TextValidator:
    """Return the validator of a model; a backward one reads the text from its last word.

    Args:
        text: The prepared text.
        model: The model to measure.
        direction: forward or backward.
    """
    ids: Ids = reversed_lines(text.valid.ids) if direction == "backward" else text.valid.ids
    return TextValidator(model, ids, words=text.valid.words, line_end_id=text.tokenizer.line_end_id)


def calibration_readings(config: RunConfig, validator: TextValidator) -> float:
    """Return the cost of the end of a run, in readings of the whole validation text.

    Args:
        config: Settings of the run.
        validator: The validation text.
    """
    if not config.training.fit_temperature:
        return 1.0
    looked_at = positions(config.model.vocab_size, validator.tokens)
    return 1.0 + (1 + POINTS) * looked_at / validator.tokens


def fit_and_measure(
    model: RecurrentLM,
    finished: Finished,
    validator: TextValidator,
    *,
    is_measured: bool,
    config: TrainingConfig,
) -> Generator[Event, None, DirectionResult]:
    """Fit the temperature, unless the run is to go on, and measure the final model.

    Args:
        model: The model with its best weights.
        finished: The last event of training.
        validator: The validation text.
        is_measured: Whether the best perplexity is already that of the whole text.
        config: Settings of training.

    Yields:
        TemperatureFitted, where it was fitted.

    Returns:
        The model and its figures.
    """
    began = time.monotonic()
    is_fitted = config.fit_temperature and finished.reason != "interrupted"
    if is_fitted:
        hidden, targets = validator.sample(positions(model.vocab_size, validator.tokens))
        fit_temperature(model.head, hidden, targets)
    perplexity = finished.best_perplexity
    if model.head.temperature != 1.0 or not is_measured:
        perplexity = validator.validate(validator.tokens).perplexity
    if is_measured and not perplexity <= finished.best_perplexity:  # the sample was too small
        model.head.temperature.fill_(1.0)
        perplexity = finished.best_perplexity
    temperature = float(model.head.temperature)
    took = time.monotonic() - began
    if is_fitted:
        yield TemperatureFitted(temperature=temperature, perplexity=perplexity, seconds=took)
    seconds = finished.seconds + took
    return DirectionResult(model=model, finished=finished, perplexity=perplexity, seconds=seconds)


def _new_model(data: TrainData, member: Member) -> RecurrentLM:
    """Return a model to train: the base with the new words, or one that starts from counts."""
    run, ids = member.of(data.run), data.text.train.ids
    if run.base is not None:
        return start_model(run.base, data.text, run.config.model, member.direction)
    place = run.directions.index(member.direction)
    model = RecurrentLM(run.config.model, make_generator(run.seed * 2 + place))
    model.set_frequencies(torch.from_numpy(count_ids(ids, model.vocab_size)))
    is_resumed = has_checkpoint(run.folder / member.name)  # its weights replace these
    if run.config.data.word_vectors == "counts" and not is_resumed:
        width = run.config.model.embedding
        vectors = word_vectors(ids, vocab_size=model.vocab_size, width=width, seed=run.seed)
        model.set_word_vectors(vectors)
    return model


@dataclass(frozen=True, slots=True, kw_only=True)
class _Training:
    """A network about to be trained, on its device."""

    trainer: Trainer[Batch, State]
    validator: TextValidator
    threads: ThreadsByLoad
    config: TrainingConfig

    @classmethod
    def of(
        cls, data: TrainData, model: RecurrentLM, member: Member, *, stop: Callable[[], bool]
    ) -> Self:
        run, text, world = member.of(data.run), data.text, data.world
        model.to(run.device)
        validator = validator_of(text, model, member.direction)
        config = replace(run.config.training, minutes=minutes_of_member(data))
        if not row_tables(model, config):  # else each step has gradients of other sizes
            keep_freed_memory()
        threads = ThreadsByLoad()
        context = _context(data, member, validator, stop=stop)
        if config.minutes and is_left_to_us():  # under epochs, equal runs write equal bytes
            context = replace(context, before_step=threads.adjust)
        trainer = Trainer(
            model,
            batches_of(run, text, member.direction).part(world.rank, world.size),
            validator if world.size == 1 else SharedValidator(validator, world),
            config=config,
            context=context,
        )
        return cls(trainer=trainer, validator=validator, threads=threads, config=config)

    def run(self) -> Iterator[Event]:
        """Train, and yield the events; Finished is the last."""
        try:
            yield from self.trainer.run()
        finally:
            self.threads.restore()


def _train_model(
    data: TrainData, model: RecurrentLM, *, member: Member, stop: Callable[[], bool]
) -> Generator[Event, None, DirectionResult]:
    """Train a network, fit its temperature, and measure it on the whole validation text."""
    run = member.of(data.run)
    start = {name: w.clone() for name, w in weights_of(model).items()} if run.base else {}
    training = _Training.of(data, model, member, stop=stop)
    validator, finished = training.validator, None
    for event in training.run():
        finished = event if isinstance(event, Finished) else None
        yield event
    if finished is None:
        raise AssertionError("a run ends with Finished")
    is_measured = training.trainer.budget.times.validation_tokens >= validator.tokens
    if run.base is not None and finished.reason != "interrupted":
        yield fit_to_text(data, model, start, validator)
        is_measured = False
    result = yield from fit_and_measure(
        model, finished, validator, is_measured=is_measured, config=training.config
    )
    model.to("cpu")  # adapters are fitted there
    return result


def _context(
    data: TrainData, member: Member, validator: TextValidator, *, stop: Callable[[], bool]
) -> RunContext:
    run, text = member.of(data.run), data.text
    folder = run.folder / member.name
    return RunContext(
        folder=folder,
        resume=has_checkpoint(folder),
        fingerprint=_fingerprint(run, text, member.direction),
        seed=run.seed,
        tokens_per_word=len(text.train.ids) / text.train.words,
        final_readings=calibration_readings(run.config, validator),
        world=data.world,
        stop=stop,
    )


def _fingerprint(run: ResolvedRun, text: PreparedText, direction: str) -> str:
    """Return a name for the data, the model and the randomness of a run."""
    training = run.config.training
    base = run.base.digest if run.base else None
    parts = (text.key, run.config.model, direction, run.seed, *([base] if base else []))
    windows = (training.batch, training.time, training.optimizer, run.config.data.shift_epochs)
    return hashlib.sha256(repr((parts, windows)).encode()).hexdigest()


def _distance_to_best(run: ResolvedRun, perplexity: float) -> Iterator[Warned]:
    """Yield the distance of the model to the best possible, where that is known."""
    if run.request.sources != ("grammar",) or run.request.valid not in (None, "grammar"):
        return
    from lmkit.data.sources.grammar import GrammarSource

    best = 2.0 ** GrammarSource(seed=run.seed).entropy_per_word
    yield Warned(
        message=f"the best possible perplexity on the grammar is {best:.2f}; "
        f"the model has {perplexity:.2f}, {perplexity / best - 1:.1%} more"
    )
