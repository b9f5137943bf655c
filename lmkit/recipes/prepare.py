"""Second phase of a recipe: the text as ids, the settings complete, the training folder begun."""

import time
from collections.abc import Generator
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import torch

from lmkit.archive.layout import NGRAM, TRAINING
from lmkit.config import RunConfig
from lmkit.core.devices import prepare_cpu
from lmkit.core.errors import ModelError, UsageError
from lmkit.core.json import JsonObject
from lmkit.data.prepare import prepare as prepare_text
from lmkit.data.prepared_text import PreparedText
from lmkit.data.sources import STDIN, SourceConfig, Tokenized, open_source
from lmkit.models.ngram.ngram import NGram
from lmkit.recipes.base import Base, suitable_base
from lmkit.recipes.defaults import choose_models, fitting_preset, for_text
from lmkit.recipes.device_plan import speed_of, with_streams
from lmkit.recipes.ids import read_ids
from lmkit.recipes.memory_check import check_memory
from lmkit.recipes.request import TrainRequest
from lmkit.recipes.resolve import TrainPlan
from lmkit.recipes.run_folder import begin, rehearse_writing
from lmkit.recipes.warm_start import PRESET
from lmkit.text.tokenizer import TokenizerConfig
from lmkit.training.checkpoint import has_checkpoint
from lmkit.training.events import Event, Status, Warned
from lmkit.training.world import SingleProcess, World

FEW_WORDS = 2_000  # a text of fewer teaches little more than itself
ENOUGH_WORDS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedRun:
    """A run with nothing left open.

    Attributes:
        request: The request it answers.
        config: All settings.
        preset: The preset they began with.
        direction: forward, backward or both.
        seed: Seed of all randomness.
        device: Device of the training steps.
        base: Model to start from; None: nothing.
        models: Networks of each direction, averaged when they are asked.
    """

    request: TrainRequest
    config: RunConfig
    preset: str
    direction: str
    seed: int
    device: torch.device
    base: Base | None = None
    models: int = 1

    @property
    def folder(self) -> Path:
        """The training folder, which holds what the run needs to go on."""
        return self.request.out / TRAINING

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions to train, one after the other."""
        return directions_of(self.direction)

    def settings(self, text: PreparedText) -> JsonObject:
        """Return the settings that a resumed run starts from."""
        return {
            "config": self.config.to_table(),
            "preset": self.preset,
            "direction": self.direction,
            "seed": self.seed,
            "models": self.models,
            "text": text.key,
            "base": self.base.place if self.base else None,
            "digest": self.base.digest if self.base else None,
            "launch": self.request.launch,
            "command": self.request.command,  # with its paths: `training/` stays on this machine
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainData:
    """The run and its text.

    Attributes:
        run: The run, with all settings.
        text: Training and validation text as ids.
        seconds: Seconds that reading took.
        world: The processes that train together.
    """

    run: ResolvedRun
    text: PreparedText
    seconds: float
    world: World = field(default_factory=SingleProcess)


def prepare(plan: TrainPlan) -> Generator[Event, None, TrainData]:
    """Read the text, complete the settings by it, and begin the training folder.

    Args:
        plan: The checked request.

    Yields:
        What a user should know of the text.

    Returns:
        The run and its text.

    Raises:
        DataError: If a text is missing, damaged or empty.
        ModelError: If the text is not that of the run to go on with.
        UsageError: If the model does not fit into this machine.
    """
    began = time.monotonic()
    prepare_cpu()
    plan = yield from _with_base(plan)
    text = read_text(plan)
    run = resolved_run(plan, text)
    check_memory(run.config.model, models=len(run.directions) * run.models)
    rehearse_writing(
        plan.request.out,
        run.config.model,
        directions=len(run.directions),
        models=run.models,
    )
    if plan.stored is None:
        begin(plan.request.out, run.settings(text))
    else:
        yield from _check_resumed(plan, run, text)
    yield from notices(text)
    seconds = time.monotonic() - began
    count_ngram(run, text)
    return TrainData(run=run, text=text, seconds=seconds)


def notices(text: PreparedText) -> list[Warned]:
    """Return what a user should know of the text, a warning each."""
    lines = list(text.notices)
    words = text.train.words
    if words < FEW_WORDS:
        lines.append(
            f"{words} words are very few to learn from: the model will know little more "
            f"than these; with about {ENOUGH_WORDS:,} words it becomes useful"
        )
    return [Warned(message=line) for line in lines]


def count_ngram(run: ResolvedRun, text: PreparedText) -> None:
    """Count the n-grams of the training text into the training folder, unless they are there.

    An n-gram reads forward, so a run of the backward direction alone has none.
    """
    path = run.folder / NGRAM
    if not run.config.data.ngram or run.direction == "backward":
        return
    if path.is_file() and NGram.load(path).order == run.config.data.ngram_order:
        return
    ngram = NGram.fit(
        text.train.ids,
        vocab_size=text.tokenizer.vocab_size,
        line_end_id=text.tokenizer.line_end_id,
        order=run.config.data.ngram_order,
    )
    ngram.save(path)


def directions_of(direction: str) -> tuple[str, ...]:
    """Return the directions that are trained, one after the other."""
    return ("forward", "backward") if direction == "both" else (direction,)


def read_text(plan: TrainPlan) -> PreparedText:
    """Read the sources and make ids of them, or find those made before.

    Args:
        plan: The checked request.

    Raises:
        DataError: If a text is missing, damaged or empty.
        UsageError: If it cannot be read by every process.
    """
    request, reading = plan.request, SourceConfig(column=plan.request.column, seed=plan.seed)
    if not request.sources:
        raise UsageError("there is no text to train on; give a text file, a folder or a name")
    if (*request.sources, request.valid).count(STDIN) > 1:
        raise UsageError("standard input, '-', can be read once; give a file for the rest")
    if plan.processes > 1 and STDIN in (*request.sources, request.valid):
        raise UsageError(
            "only one process can read standard input, '-', and several train; give a file"
        )
    sources = [open_source(spec, reading) for spec in request.sources]
    valid = open_source(request.valid, reading) if request.valid else None
    if any(isinstance(source, Tokenized) for source in (*sources, valid)):
        return read_ids(plan, sources, valid)
    base = plan.base.archive.tokenizer if plan.base else None
    return prepare_text(sources, valid, plan.config(request.preset).text, base=base)


def _with_base(plan: TrainPlan) -> Generator[Event, None, TrainPlan]:
    """Say what the run starts from; where nothing was named, a bundled model may suit the text."""
    if plan.may_choose_base:
        reading = SourceConfig(column=plan.request.column, seed=plan.seed)
        if base := suitable_base(plan.request.sources, reading):
            plan = plan.starting_from(base)
            yield Warned(message=f"starting from {base.name}; --from none trains a new model")
    elif plan.base is not None:
        yield Status(message=f"starting from {plan.base.name}")
    return plan


def resolved_run(plan: TrainPlan, text: PreparedText) -> ResolvedRun:
    """Choose everything that follows from the text.

    Args:
        plan: The checked request.
        text: The text of its sources.
    """
    words, models = text.train.words, plan.models
    directions = len(directions_of(plan.direction))
    training = plan.config(plan.request.preset, words=words).training
    if models is None:
        cores = None if plan.processes == 1 else 1  # the processes have them
        models = choose_models(
            training,
            words,
            directions=directions,
            device=plan.device.type,
            cores=cores,
            speed=partial(speed_of, plan.device, training.precision),
        )
    preset = _preset(plan, words, members=directions * models / plan.processes)
    config = for_text(
        replace(plan.config(preset, words=words), text=_text_config(plan, text)),
        words=words,
        vocab_size=text.tokenizer.vocab_size,
        device_type=plan.device.type,
    )
    if plan.may_choose_streams:
        config = with_streams(config, words, plan.device)
    return ResolvedRun(
        request=plan.request,
        config=config,
        preset=preset,
        direction=plan.direction,
        seed=plan.seed,
        device=plan.device,
        base=plan.base,
        models=models,
    )


def _text_config(plan: TrainPlan, text: PreparedText) -> TokenizerConfig:
    """Return the settings of the tokenizer: those given, or of ids that were made before."""
    given, made = plan.config(plan.request.preset).text, text.tokenizer.config
    return made if given.unit != made.unit else given


def _preset(plan: TrainPlan, words: int, *, members: float) -> str:
    """Return the preset that was given, or that fits the base or the text."""
    if plan.base is not None:
        return PRESET
    preset = plan.stored.preset if plan.stored else plan.request.preset
    if preset is not None:
        return preset
    training = plan.config(None).training
    speed = partial(speed_of, plan.device, training.precision)
    return fitting_preset(training, words, members=members, speed=speed)


def _check_resumed(
    plan: TrainPlan, run: ResolvedRun, text: PreparedText
) -> Generator[Event, None, None]:
    """Refuse another text than the run began with; say so where there is no checkpoint yet."""
    if plan.stored is not None and plan.stored.text not in (None, text.key):
        raise ModelError(
            f"the run in {plan.request.out} began with another text, or this one has changed "
            "since; give the text it began with, or train again with --force"
        )
    if not any(has_checkpoint(run.folder / direction) for direction in run.directions):
        yield Warned(message="the run had not saved a checkpoint yet; it starts again")
