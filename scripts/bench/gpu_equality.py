"""Parts of gpu.py that compare a device with the CPU, and check that no step waits for it."""

import itertools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias  # figures of any shape, as JSON holds them

import numpy as np
import torch

from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batches
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.training.config import TrainingConfig
from lmkit.training.run_context import RunContext
from lmkit.training.step import TrainStep
from lmkit.training.step_report import read_reports
from lmkit.training.text_validation import TextValidator
from lmkit.training.trainer import Trainer

Figures: TypeAlias = Iterator[tuple[str, Any]]

TOLERANCE = 1e-4  # of the CPU's losses and weights
SEED = 1
COMPARED = (("lstm", "full"), ("lstm", "sampled"), ("gru", "full"), ("cifg", "full"))
VOCABULARY, HIDDEN, STREAMS, STEPS = 500, 128, 8, 10
RATES: dict[str, Any] = {
    f"dropout_{place}": 0.2 for place in ("embedding", "between", "output", "words", "weights")
}


def equality(device: torch.device) -> Figures:
    """Yield the largest differences from the CPU of each kind of model, relative to the largest.

    Dropout and samples are drawn by generators of the device, whose draws differ from those of the
    CPU; so nothing is drawn here: every rate is 0 and the softmax is full, or exact. The optimiser
    is plain gradient descent: AdamW moves a weight whose gradient is about zero as far as any
    other, by the sign of what rounding left of it.
    """
    worst = 0.0
    for cell, head in COMPARED:
        config = RecurrentLMConfig(
            vocab_size=VOCABULARY,
            hidden=HIDDEN,
            embedding=HIDDEN // 2,
            cell=cell,
            head=head,
            head_input="sum",
        )
        here, there = (_trained(config, place) for place in (torch.device("cpu"), device))
        found = {name: _difference(here[name], there[name]) for name in here}
        worst = max(worst, *found.values())
        yield f"{cell} {head}", found
    yield "largest", worst
    yield "is_equal", worst < TOLERANCE
    yield "resumed_bytes_equal", _is_resumed_equal(device)


def waiting(device: torch.device) -> Figures:
    """Yield whether some steps went without a synchronisation."""
    for head in ("full", "sampled"):
        config = RecurrentLMConfig(vocab_size=500, hidden=64, embedding=64, head=head, **RATES)
        step = TrainStep(RecurrentLM(config).to(device), windows_of(500, 4, 20), TrainingConfig())
        step.step(0, progress=0.5, rate_factor=1.0)
        if device.type == "cuda":
            torch.cuda.set_sync_debug_mode("error")
        measured = [step.take(n, progress=0.5, rate_factor=1.0) for n in range(1, 20)]
        if device.type == "cuda":
            torch.cuda.set_sync_debug_mode("default")
        yield f"{head}_steps_without_waiting", len(read_reports(measured))
    yield "is_checked_by_cuda", device.type == "cuda"


def windows_of(vocab_size: int, streams: int, window: int) -> Batches:
    ids = np.random.default_rng(0).integers(vocab_size, size=streams * window * 16)
    return Batches(ids, batch=streams, time=window, line_end_id=0)


def _trained(config: RecurrentLMConfig, device: torch.device) -> dict[str, torch.Tensor]:
    """Return losses, weights and validation of some steps, on the CPU."""
    training = TrainingConfig(
        optimizer="sgd", learning_rate=0.5, exact_fraction=1.0, precision="float32"
    )
    model = RecurrentLM(config, make_generator(SEED)).to(device)
    windows = windows_of(config.vocab_size, STREAMS, 35)
    step = TrainStep(model, windows, training, seed=SEED)
    taken = [step.take(n, progress=0.3, rate_factor=1.0) for n in range(STEPS)]
    text = np.random.default_rng(5).integers(config.vocab_size, size=3000)
    found = TextValidator(model, text, words=3000, line_end_id=0).validate(3000)
    weights = torch.cat([weight.detach().flatten().cpu() for weight in model.parameters()])
    losses = torch.tensor([report.mean for report in read_reports(taken)])
    return {"losses": losses, "weights": weights, "nats": torch.tensor([found.nats_per_token])}


def _difference(here: torch.Tensor, there: torch.Tensor) -> float:
    return float((here - there).abs().max() / here.abs().max())


def _is_resumed_equal(device: torch.device) -> bool:
    """Return whether a run that is cut in two ends with the bytes of one that is not."""
    with tempfile.TemporaryDirectory() as made:
        whole = _run_in(None, device, 10**6)
        _run_in(Path(made), device, 13)
        cut = _run_in(Path(made), device, 10**6)
    return all(torch.equal(one, other) for one, other in zip(whole, cut, strict=True))


def _run_in(folder: Path | None, device: torch.device, steps: int) -> list[torch.Tensor]:
    """Train two epochs with everything that is drawn, or fewer steps; go on where there is more."""
    config = RecurrentLMConfig(vocab_size=300, hidden=48, embedding=48, head="sampled", **RATES)
    model = RecurrentLM(config, make_generator(SEED)).to(device)
    ids = np.random.default_rng(2).integers(300, size=900)
    asked = itertools.count()
    context = RunContext(
        folder=folder,
        resume=folder is not None and any(folder.iterdir()),
        seed=SEED,
        stop=lambda: next(asked) >= steps,
    )
    trainer = Trainer(
        model,
        windows_of(300, 4, 20),
        TextValidator(model, ids, words=900, line_end_id=0),
        config=TrainingConfig(epochs=2, validations=2),
        context=context,
    )
    list(trainer.run())
    return [weight.detach().cpu() for weight in model.parameters()]
