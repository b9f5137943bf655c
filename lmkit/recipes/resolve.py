"""What was asked, and how what was left open is chosen."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lmkit.archive.folder import TRAINING
from lmkit.config import RENAMED, RunConfig, choose_preset, load_config
from lmkit.core.errors import ModelError, UsageError
from lmkit.data.prepare import PreparedText
from lmkit.nn.heads.head import LARGE_VOCABULARY, choose_head
from lmkit.recipes.run_folder import settings_of
from lmkit.training.config import TrainingConfig
from lmkit.training.machine_speed import relative_speed

DIRECTIONS = ("forward", "backward", "both")
DEFAULT_MINUTES = 10.0  # where neither minutes nor epochs are given and the text is not small
SMALL_TEXT = 400_000  # words; of a smaller one, epochs are the default budget
DEFAULT_WORDS = 2_000_000  # read in all of a small text, in at most MOST_EPOCHS
MOST_EPOCHS = 40
EXACT_FRACTION = 0.1  # of a run, for a vocabulary that is not large


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
    ngram: bool | None = None  # count an n-gram along
    device: str = "auto"  # auto | cpu | cuda | mps
    command: str = ""  # written into the model card


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedRun:
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
        return directions_of(self.direction)

    def settings(self) -> dict[str, Any]:
        """Return what a resumed run starts from (Any: it becomes JSON)."""
        return {
            "config": self.config.to_table(),
            "preset": self.preset,
            "direction": self.direction,
            "seed": self.seed,
            "command": self.request.command,  # with its paths: `training/` stays on this machine
        }


Stored = dict[str, Any]  # `ResolvedRun.settings` of the run to go on with (Any, since it is JSON)


def stored_settings(request: TrainRequest) -> Stored | None:
    """Return the settings of the run to resume; None for a new run.

    Raises:
        ModelError: If they are damaged, or of an older lmkit.
    """
    if not request.resume:
        return None
    stored = settings_of(request.out)
    kinds = {"config": dict, "preset": str, "direction": str, "seed": int}
    if any(not isinstance(stored.get(key), kind) for key, kind in kinds.items()):
        raise ModelError(f"the run in {request.out / TRAINING} is damaged; train anew with --force")
    if RENAMED.keys() & (stored["config"].get("training") or {}).keys():
        raise ModelError(
            f"the run in {request.out / TRAINING} was begun by an older lmkit, whose checkpoints "
            "this one does not read; train anew with --force"
        )
    return stored


def merge_settings(
    request: TrainRequest, stored: Stored | None, *, preset: str | None
) -> RunConfig:
    """Compose the settings; a resumed run begins with those it had.

    Args:
        request: What was asked.
        stored: Settings of the run to go on with.
        preset: The preset to begin a new run with; None: none.

    Returns:
        The settings, still without what follows from the text.
    """
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


def resolve(request: TrainRequest, stored: Stored | None, text: PreparedText) -> ResolvedRun:
    """Choose what was left open by what the text is like.

    Args:
        request: What was asked.
        stored: Settings of the run to go on with.
        text: What is trained on.

    Returns:
        The job.
    """
    preset = stored["preset"] if stored else request.preset
    if preset is None:
        preset = fitting_preset(request, text.train.words)
    config = merge_settings(request, stored, preset=preset)
    vocab_size = text.tokenizer.vocab_size
    training = with_budget(config.training, text.train.words)
    training = with_exact_fraction(training, vocab_size)
    head = choose_head(config.model.head, vocab_size)  # kept by name: the choice may change
    model = replace(config.model, vocab_size=vocab_size, head=head)
    return ResolvedRun(
        request=request,
        config=replace(config, model=model, training=training),
        preset=preset,
        direction=(stored or {}).get("direction") or request.direction or "forward",
        seed=stored["seed"] if stored else request.seed,
    )


def directions_of(direction: str) -> tuple[str, ...]:
    """Return the directions that are trained, one after the other."""
    return ("forward", "backward") if direction == "both" else (direction,)


def fitting_preset(
    request: TrainRequest, words: int, *, speed: Callable[[], float] = relative_speed
) -> str:
    """Return the preset that fits a text and what this machine does in the time for a direction.

    Args:
        request: What was asked.
        words: Training words.
        speed: Minutes of the usual machine that a minute of this one is worth.
    """
    training = merge_settings(request, None, preset=None).training
    passes = directions_of(request.direction or "forward")
    budget = with_budget(training, words)
    minutes = budget.minutes / len(passes)
    return choose_preset(words, minutes * speed() if minutes else 0.0, budget.epochs)


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


def with_exact_fraction(training: TrainingConfig, vocab_size: int) -> TrainingConfig:
    """Return a config that says when a sampled softmax is exact: in the end, if that is affordable.

    Args:
        training: As it was asked for.
        vocab_size: Logits of an exact prediction.
    """
    if training.exact_fraction is not None:
        return training
    return replace(
        training, exact_fraction=EXACT_FRACTION if vocab_size <= LARGE_VOCABULARY else 0.0
    )
