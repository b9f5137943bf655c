"""The parts of gpu.py: each yields figures by name, on any device."""

import itertools
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from gpu_equality import Figures, equality, waiting
from plain_lstm import PlainShape, plain_curve, plain_step
from reference_recipe import word_ids

from lmkit.bench.training import operations_per_word
from lmkit.core.devices import has_device_bfloat16
from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batches
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.recipes import TrainRequest, train_language_model
from lmkit.results import Trained
from lmkit.training.config import TrainingConfig
from lmkit.training.events import Planned, Progress, Validated
from lmkit.training.step import TrainStep

PTB = Path(__file__).resolve().parents[3] / "shared" / "data" / "ptb"
SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How much each part does."""

    vocab_size: int = 10_000
    models: tuple[tuple[int, int], ...] = ((2, 512), (3, 1150))  # layers, units
    streams: tuple[int, ...] = (20, 64, 128)
    window: int = 35
    steps: int = 40  # of a timed turn
    turns: int = 3
    product: int = 8192  # rows and columns
    minutes: float = 5.0
    plain_minutes: tuple[float, ...] = (1.0,)
    train: Path | None = None
    valid: Path | None = None
    settings: tuple[str, ...] = ()  # of the run of five minutes
    lines: int = 40_000  # of a generated text


QUICK = Sizes(
    vocab_size=300,
    models=((2, 32), (3, 48)),
    streams=(4,),
    steps=4,
    product=256,
    minutes=0.06,
    plain_minutes=(0.02,),
    settings=("layers=1", "hidden=32", "embedding=32", "batch=8", "time=16"),
    lines=1_500,
)


def sizes_of(
    *, is_quick: bool, plain_minutes: tuple[float, ...], train: Path | None, valid: Path | None
) -> Sizes:
    """Return the sizes of a run."""
    if is_quick:
        return replace(QUICK, train=train, valid=valid)
    return replace(Sizes(), plain_minutes=plain_minutes, train=train, valid=valid)


def product(device: torch.device, sizes: Sizes) -> Figures:
    """Yield the rates of matrix products, TFLOP/s."""
    yield "tflops", {str(dtype).split(".")[1]: _product(device, sizes, dtype) for dtype in DTYPES}


def rates(device: torch.device, sizes: Sizes) -> Figures:
    """Yield words/s of training steps, and the share of the matrix product where it is one."""
    numbers = np.random.default_rng(0).integers(sizes.vocab_size, size=200_000)
    ids = torch.from_numpy(numbers)
    for (layers, hidden), streams in itertools.product(sizes.models, sizes.streams):
        model = RecurrentLMConfig(
            vocab_size=sizes.vocab_size, layers=layers, hidden=hidden, embedding=hidden, head="full"
        )
        takers = _takers(model, device, ids, streams=streams, window=sizes.window)
        words = streams * sizes.window
        found = {name: words / _seconds(taker, device, sizes) for name, taker in takers.items()}
        tera = {name: _product(device, sizes, _dtype(name)) for name in found}
        work = operations_per_word(RecurrentLM(model)) / 1e12
        shares = {
            f"{name}_share": rate * work / tera[name]
            for name, rate in found.items()
            if "default" not in name
        }
        yield f"{layers}x{hidden}, {streams} streams", {**found, **shares}


def lmkit(device: torch.device, sizes: Sizes) -> Figures:
    """Yield the validation perplexity of one run of lmkit over time, and its end."""
    with tempfile.TemporaryDirectory() as made:
        train, valid = _texts(Path(made), sizes)
        request = TrainRequest(
            sources=(str(train),),
            valid=str(valid),
            out=Path(made) / "model",
            minutes=sizes.minutes,
            base="none",
            ngram=False,
            settings=sizes.settings,
            device=device.type,
        )
        began, rate = time.monotonic(), 0.0
        for event in train_language_model(request):
            if isinstance(event, Planned) and not rate:
                began, rate = time.monotonic(), 1.0
            elif isinstance(event, Progress):
                rate = event.words_per_second
            elif isinstance(event, Validated):
                minutes = (time.monotonic() - began) / 60
                yield f"{minutes:.2f} min", {"perplexity": event.perplexity, "words/s": rate}
            elif isinstance(event, Trained):
                yield "end", {"perplexity": event.perplexity, "words/s": event.words_per_second}


def plain(device: torch.device, sizes: Sizes) -> Figures:
    """Yield the validation perplexity of code by hand after some minutes."""
    with tempfile.TemporaryDirectory() as made:
        learnt, measured, vocab_size = word_ids(*_texts(Path(made), sizes))
    layers, hidden = sizes.models[0]
    shape = PlainShape(
        vocab_size=vocab_size, layers=layers, hidden=hidden, streams=max(sizes.streams[:2])
    )
    at = [60 * minutes for minutes in sorted(sizes.plain_minutes)]
    for seconds, words, perplexity in plain_curve(shape, device, learnt, measured, at=at):
        found = {"perplexity": perplexity, "words/s": words / seconds}
        yield f"{seconds / 60:.2f} min", found


PARTS: Mapping[str, Callable[[torch.device, Sizes], Figures]] = {
    "equality": lambda device, _: equality(device),
    "waiting": lambda device, _: waiting(device),
    "product": product,
    "rates": rates,
    "lmkit": lmkit,
    "plain": plain,
}
DTYPES = (torch.float32, torch.bfloat16)


def _product(device: torch.device, sizes: Sizes, dtype: torch.dtype) -> float:
    """Return the rate of a product in TFLOP/s, the median of some."""
    size = sizes.product
    left, right = (torch.rand(size, size, device=device).to(dtype) for _ in range(2))
    seconds = _seconds(lambda: left @ right, device, replace(sizes, steps=5))
    return 2 * size**3 / seconds / 1e12


def _takers(
    model: RecurrentLMConfig, device: torch.device, ids: torch.Tensor, *, streams: int, window: int
) -> dict[str, Callable[[], object]]:
    """Return ways to take a step of the same sizes, by name."""
    full = TrainingConfig(optimizer="adamw", learning_rate=1e-3, precision="float32")
    sampled = replace(model, head="sampled")
    shape = PlainShape(
        vocab_size=model.vocab_size,
        layers=model.layers,
        hidden=model.hidden,
        dropout=0.0,
        streams=streams,
        window=window,
    )
    windows = Batches(ids.numpy(), batch=streams, time=window, line_end_id=0)
    takers: dict[str, Callable[[], object]] = {
        "lmkit": _taker(model, full, device, windows),
        "lmkit_default": _taker(sampled, replace(full, optimizer="muon"), device, windows),
        "plain": plain_step(shape, device, ids)[1],
    }
    if has_device_bfloat16(device):
        bfloat16 = replace(full, precision="bfloat16")
        takers["lmkit_bfloat16"] = _taker(model, bfloat16, device, windows)
        takers["plain_bfloat16"] = plain_step(shape, device, ids, autocast=True)[1]
    return takers


def _taker(
    model: RecurrentLMConfig, training: TrainingConfig, device: torch.device, windows: Batches
) -> Callable[[], object]:
    step = TrainStep(RecurrentLM(model, make_generator(SEED)).to(device), windows, training)
    cursor = itertools.count()
    return lambda: step.take(next(cursor), progress=0.5, rate_factor=1.0)


def _dtype(name: str) -> torch.dtype:
    return torch.bfloat16 if name.endswith("bfloat16") else torch.float32


def _seconds(call: Callable[[], object], device: torch.device, sizes: Sizes) -> float:
    """Return the seconds of a call, the median of some turns; each ends with the device idle."""
    taken = []
    for turn in range(sizes.turns + 1):
        _synchronise(device)
        began = time.perf_counter()
        for _ in range(sizes.steps):
            call()
        _synchronise(device)
        if turn:  # the first warms up
            taken.append((time.perf_counter() - began) / sizes.steps)
    return statistics.median(taken)


def _synchronise(device: torch.device) -> None:
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def _texts(folder: Path, sizes: Sizes) -> tuple[Path, Path]:
    """Return training and validation text: those given, Penn Treebank, or generated ones."""
    if sizes.train and sizes.valid:
        return sizes.train, sizes.valid
    if PTB.is_dir() and sizes.lines > QUICK.lines:
        return PTB / "train.txt", PTB / "valid.txt"
    return (
        _generated(folder / "train.txt", sizes.lines, 0),
        _generated(folder / "valid.txt", sizes.lines // 10, 1),
    )


def _generated(path: Path, lines: int, seed: int) -> Path:
    """Write sentences in which each word depends on the one before, common words first."""
    draws = np.random.default_rng(seed)
    ranks = draws.zipf(1.4, (lines, 12)) % 30
    words = np.zeros_like(ranks)
    for place in range(1, ranks.shape[1]):
        words[:, place] = (words[:, place - 1] * 7 + ranks[:, place] + 1) % 2000
    text = "\n".join(" ".join(f"w{word}" for word in row[1:]) for row in words)
    path.write_text(text + "\n", encoding="utf-8")
    return path
