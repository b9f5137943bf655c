"""Train the bundled base: two directions over one table of word vectors, in any number of parts.

    python scripts/base/train.py out/base/text --out out/base/run
    python scripts/base/train.py out/base/text --out out/base/cooled --cool-down out/base/run \\
        --minutes 25

The first command trains at a rate that stays. It may be stopped at any time (Ctrl-C) and goes on,
with equal bytes, when it is given again. The second branches off a cool-down: it copies the last
checkpoint, lets the rate fall to zero, and writes the model folder OUT/model; the run that it
branched off can go on afterwards. Stopped, it goes on with the same command too. On a GPU
(`--device auto` takes one that is there) both directions are computed there.
"""

import argparse
import hashlib
import json
import math
import signal
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from types import FrameType

import numpy as np
import numpy.typing as npt
import torch

from lmkit.archive.folder import Archive, save_archive
from lmkit.core.devices import choose_device, prepare_cpu
from lmkit.core.errors import UsageError
from lmkit.core.files import write_text
from lmkit.core.seeding import make_generator
from lmkit.data.corpus import count_ids
from lmkit.data.prepare import prepare
from lmkit.data.prepared_text import PreparedText
from lmkit.data.sources import open_source
from lmkit.data.word_vectors import word_vectors
from lmkit.models.recurrent.recurrent_lm import RecurrentLMConfig
from lmkit.text.tokenizer import TokenizerConfig
from lmkit.training.budget import DECIDED
from lmkit.training.checkpoint import StateDict, has_checkpoint, load_checkpoint, save_checkpoint
from lmkit.training.config import TrainingConfig
from lmkit.training.direction_pair import (
    DirectionPair,
    PairBatch,
    PairBatches,
    PairState,
    PairValidator,
)
from lmkit.training.event_log import EventLog
from lmkit.training.events import Event, Finished
from lmkit.training.run_context import RunContext
from lmkit.training.schedules import DECAY_FROM
from lmkit.training.step_plan import Segment, StepPlan
from lmkit.training.trainer import Trainer

SEED = 0
TEXT = TokenizerConfig(unit="word", vocab_size=40_000, min_frequency=3, split="punctuation")
MODEL = RecurrentLMConfig(
    vocab_size=TEXT.vocab_size,
    hidden=512,
    last_hidden=256,
    embedding=256,
    head_input="sum",
    head="sampled",
)
STEPS_A_VALIDATION = 1_000
WARM_UP_STEPS = 300
REPORTED_STEPS = 50  # a step whose number is a multiple of it is printed, if it is reported
UNMEASURED_STEPS = 1_000  # of a cool-down, until the duration of a step is known
COOLING_VALIDATIONS = 5  # counted over a whole trapezoid: two of them in its falling part
TRAINING = TrainingConfig(
    epochs=20.0,  # planned; the rate stays, so only where validations stand depends on it
    batch=128,
    time=24,
    learning_rate=1e-2,
    matrix_rate=5e-3,
    schedule="constant",
    clip=1.4,
    exact_fraction=0.0,
    dropout_anneal=0.0,
    patience=0,
    checkpoint_minutes=3.0,
)
VALID_PARTS, VALID_IDS = 8, 6_000  # parts of the validation text that are read, and ids of each
STATE = "training"

PairTrainer = Trainer[PairBatch, PairState]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "text", type=Path, help="folder with the train.txt and valid.txt of prepare"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--cool-down", type=Path, metavar="RUN", help="run to branch off")
    parser.add_argument("--minutes", type=float, help="of the cool-down")
    parser.add_argument("--threads", type=int, choices=(1, 2), default=2, help="one a direction")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps")
    asked = parser.parse_args()
    if bool(asked.cool_down) != bool(asked.minutes):
        parser.error("--cool-down and --minutes go together")
    prepare_cpu(1)
    text = read_text(asked.text)
    trainer, pair = make_trainer(asked, text, StopWish())
    log = EventLog(asked.out / STATE)
    finished = None
    for event in trainer.run():
        log.append(event)
        report(event, trainer)
        finished = event if isinstance(event, Finished) else None
    if finished is not None and finished.reason != "interrupted":
        write_model(asked.out / "model", pair, text, finished)


class StopWish:
    """Request to stop after the present step, set by Ctrl-C or SIGTERM."""

    def __init__(self) -> None:
        self._is_set = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._set)

    def __call__(self) -> bool:
        """Return whether to stop."""
        return self._is_set

    def _set(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._is_set = True


def read_text(folder: Path) -> PreparedText:
    """Return the ids of the text that `prepare.py` wrote, kept beside it."""
    train, valid = (open_source(str(folder / name)) for name in ("train.txt", "valid.txt"))
    return prepare([train], valid, TEXT, cache=folder / "ids")


def make_trainer(
    asked: argparse.Namespace, text: PreparedText, stop: Callable[[], bool]
) -> tuple[PairTrainer, DirectionPair]:
    """Return a trainer that goes on where OUT stands, or begins or branches off."""
    folder: Path = asked.out / STATE
    folder.mkdir(parents=True, exist_ok=True)
    if asked.cool_down is not None and not has_checkpoint(folder):
        branch_off(asked.cool_down / STATE, folder, minutes=asked.minutes)
    windows = PairBatches(
        text.train.ids,
        batch=TRAINING.batch,
        time=TRAINING.time,
        line_end_id=text.tokenizer.line_end_id,
        seed=SEED,
    )
    model_config = replace(MODEL, vocab_size=text.tokenizer.vocab_size)
    is_resumed = has_checkpoint(folder)
    pair = new_pair(model_config, text, is_resumed=is_resumed).to(choose_device(asked.device))
    pair.use_threads(is_threaded=asked.threads > 1)
    config = settings(windows.steps_per_epoch)
    if asked.cool_down is not None:
        config = cooling(config, asked.minutes)
    context = RunContext(
        folder=folder,
        resume=is_resumed,
        fingerprint=fingerprint(text, model_config),
        seed=SEED,
        tokens_per_word=len(text.train.ids) / text.train.words,
        stop=stop,
    )
    validator = validator_of(pair, text)
    return Trainer(pair, windows, validator, config=config, context=context), pair


def settings(steps_per_epoch: int) -> TrainingConfig:
    """Return the settings of the run at a constant rate."""
    steps = TRAINING.epochs * steps_per_epoch
    return replace(
        TRAINING,
        warm_up=WARM_UP_STEPS / steps,
        validations=max(1, int(steps / STEPS_A_VALIDATION)),
    )


def new_pair(config: RecurrentLMConfig, text: PreparedText, *, is_resumed: bool) -> DirectionPair:
    """Return a pair that starts from counts; the weights of a resumed one are replaced anyway."""
    pair = DirectionPair(config, make_generator(SEED))
    counts = torch.from_numpy(count_ids(text.train.ids, config.vocab_size))
    for model in (pair.ahead, pair.back):
        model.set_frequencies(counts)
    if not is_resumed:
        pair.ahead.set_word_vectors(
            word_vectors(
                text.train.ids, vocab_size=config.vocab_size, width=config.embedding, seed=SEED
            )
        )
    return pair


def validation_ids(text: PreparedText) -> npt.NDArray[np.unsignedinteger]:
    """Return parts spread over the validation text, as one stream of lines."""
    ids, end = text.valid.ids, text.tokenizer.line_end_id
    length = min(VALID_IDS, len(ids) // VALID_PARTS)
    starts = np.linspace(0, len(ids) - length, VALID_PARTS).astype(int)
    parts = [ids[start : start + length] for start in starts]
    whole: npt.NDArray[np.unsignedinteger] = np.concatenate(parts)
    whole[-1] = end
    return whole


def words_in(tokens: int, text: PreparedText) -> int:
    """Return the words, line ends included, in so many tokens of the validation text."""
    return round(tokens * text.valid.words / len(text.valid.ids))


def validator_of(pair: DirectionPair, text: PreparedText) -> PairValidator:
    """Return the validator of both directions on parts of the validation text."""
    ids = validation_ids(text)
    end = text.tokenizer.line_end_id
    return PairValidator(pair, ids, words=words_in(len(ids), text), line_end_id=end)


def cooling(config: TrainingConfig, minutes: float) -> TrainingConfig:
    """Return the settings of a cool-down of some minutes: the last part of a trapezoid."""
    return replace(
        config,
        epochs=0.0,
        minutes=minutes,
        schedule="trapezoid",
        warm_up=0.0,
        validations=COOLING_VALIDATIONS,
    )


def branch_off(source: Path, target: Path, *, minutes: float) -> None:
    """Write the checkpoint of a run as that of a cool-down, which begins where its rate falls.

    The clock begins anew, and weights of the branch alone shall be kept as the best.

    Args:
        source: Training folder of the run, which may be going on meanwhile.
        target: Training folder of the cool-down.
        minutes: Of the cool-down.
    """
    if not has_checkpoint(source):
        raise UsageError(f"there is no checkpoint in {source} to branch off")
    states = load_checkpoint(source)
    times, step = states["budget"]["times"], states["trainer"]["step"]
    per_step = times["step_seconds"] / times["steps"] if times["steps"] else times["per_step"]
    steps = max(1, round(minutes * 60.0 / per_step)) if per_step else UNMEASURED_STEPS
    plan = StepPlan((Segment(step, DECAY_FROM, step + steps),))
    begun = {"seconds": 0.0, "step_seconds": 0.0, "steps": 0, "per_step": per_step}
    planned = {"plans": DECIDED, "validations": COOLING_VALIDATIONS}
    budget = {"plan": plan.to_json(), "times": {**times, **begun, **planned}}
    changes: dict[str, StateDict] = {
        "budget": {**budget, "minutes": minutes, "epochs": 0.0},
        "best": {"/nats": math.inf, "/perplexity": math.inf},
        "trainer": {"stale": 0},
    }
    changed = {part: {**state, **changes.get(part, {})} for part, state in states.items()}
    save_checkpoint(target, changed)


def fingerprint(text: PreparedText, config: RecurrentLMConfig) -> str:
    """Return a name for the data and the model."""
    return hashlib.sha256(
        repr((text.key, config, TRAINING.batch, TRAINING.time)).encode()
    ).hexdigest()


def report(event: Event, trainer: PairTrainer) -> None:
    """Print what matters of an event, a line of JSON."""
    facts = asdict(event)
    kind = type(event).__name__
    if kind == "Progress" and trainer.state.step % REPORTED_STEPS:
        return
    print(json.dumps({"event": kind, **facts}), flush=True)


def write_model(folder: Path, pair: DirectionPair, text: PreparedText, finished: Finished) -> None:
    """Write a model folder with both directions."""
    pair.to("cpu").eval()
    facts = {
        "direction": "both",
        "training": {"words": text.train.words, **asdict(finished)},
    }
    archive = Archive(model=pair.ahead, backward=pair.back, tokenizer=text.tokenizer, facts=facts)
    save_archive(folder, archive)
    write_text(folder.parent / "done.json", json.dumps(asdict(finished)) + "\n")


if __name__ == "__main__":
    main()
