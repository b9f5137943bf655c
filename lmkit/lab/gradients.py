"""Gradient norms |dL_t / dh_(t-k)| over the distance k, for any cell.

The loss is what one of the last hidden state's directions, drawn at random, is worth. The gradient
is taken with respect to the hidden state k steps earlier, and to the whole state (h and c), over a
batch of sequences. Every line begins at 1.
"""

from dataclasses import dataclass, replace
from itertools import product

import torch
from torch import Tensor

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.lab.tasks import LearnConfig, Reader, learn, task_named
from lmkit.nn.cells.cell import Cell
from lmkit.results.lab_experiments import GradientLine, GradientReach


@dataclass(frozen=True, slots=True, kw_only=True)
class GradientConfig:
    """Settings of a gradient measurement; each combination of its values is a line."""

    cells: tuple[str, ...] = ("elman", "gru", "lstm")
    length: int = 50  # steps back
    hidden: int = 64
    batch: int = 16  # sequences averaged over
    forget_biases: tuple[float | None, ...] = (None,)  # None: the cell's own
    gains: tuple[float, ...] = (1.0,)  # recurrent weights times this, before training
    train_steps: int = 0  # also measured after training on the task
    task: str = "copying"
    task_distance: int = 20
    clips: tuple[float, ...] = (1.0,)  # largest gradient norm in training; 0: none
    seed: int = 0

    def __post_init__(self) -> None:
        if self.length < 1 or not self.cells:
            raise UsageError("gradients need at least one cell and one step back")


@dataclass(frozen=True, slots=True)
class _Case:
    cell: str
    forget_bias: float | None
    gain: float

    @property
    def label(self) -> str:
        label = self.cell
        if self.forget_bias is not None:
            label += f", forget bias {self.forget_bias:g}"
        if self.gain != 1:
            label += f", weights x {self.gain:g}"
        return label


def measure_gradients(config: GradientConfig) -> GradientReach:
    """Measure every cell at initialisation and, where asked, after training."""
    lines = []
    for cell in config.cells:
        for bias, gain in product(config.forget_biases, config.gains):
            case = _Case(cell, bias, gain)
            lines.append(_line(_reader(case, config), case.label, case, config))
            if config.train_steps:
                lines += [_trained_line(case, clip, config) for clip in config.clips]
    return GradientReach(config.length, config.hidden, tuple(lines))


def gradient_by_distance(cell: Cell, x: Tensor, toward: Tensor) -> tuple[Tensor, Tensor]:
    """Return the norms of the gradient of the last output with respect to earlier states.

    Args:
        cell: The cell.
        x: Inputs, shape (time, batch, input).
        toward: What the last output is multiplied by to become a loss, shape (batch, output).

    Returns:
        Length of the gradient with respect to h and to the whole state, k steps before the
        end, each of shape (time,), relative to k = 0.
    """
    with torch.enable_grad():
        state = tuple(part.requires_grad_() for part in cell.start(x.shape[1]))
        states = []
        for x_t in x:
            step = cell.step(x_t, state)
            state = step.state
            states.append(state)
        parts = [part for state in states for part in state]
        gradients = torch.autograd.grad(
            (step.output * toward).sum(), parts, allow_unused=True, materialize_grads=True
        )
    width = len(states[0])
    by_time = [gradients[i : i + width] for i in range(0, len(gradients), width)][::-1]
    hidden = torch.stack([of[0].norm(dim=-1).mean() for of in by_time])
    whole = torch.stack([torch.cat(of, dim=-1).norm(dim=-1).mean() for of in by_time])
    return hidden / hidden[0], whole / whole[0]


def _reader(case: _Case, config: GradientConfig) -> Reader:
    learning = LearnConfig(hidden=config.hidden, seed=config.seed, forget_bias=case.forget_bias)
    reader = Reader(case.cell, task_named(config.task), learning)
    (cell,) = reader.recurrent.cells
    with torch.no_grad():
        for name in cell.recurrent:
            cell.get_parameter(name).mul_(case.gain)
    return reader


def _line(reader: Reader, label: str, case: _Case, config: GradientConfig) -> GradientLine:
    generator = make_generator(config.seed + 2)
    x, _ = task_named(config.task).draw(config.length, config.batch, generator)
    toward = torch.randn(config.batch, reader.recurrent.output_size, generator=generator)
    hidden, whole = gradient_by_distance(reader.recurrent.cells[0], x, toward)
    return GradientLine(
        case.cell, label, False, tuple(hidden.tolist()), tuple(whole.tolist()), None
    )


def _trained_line(case: _Case, clip: float, config: GradientConfig) -> GradientLine:
    reader = _reader(case, config)
    learning = LearnConfig(
        hidden=config.hidden, steps=config.train_steps, clip=clip, seed=config.seed
    )
    score = learn(reader, task_named(config.task), config.task_distance, learning)
    how = f"clip {clip:g}" if clip else "no clipping"
    line = _line(reader, f"{case.label}, trained, {how}", case, config)
    return replace(line, trained=True, score=score)
