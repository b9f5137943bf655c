"""Greff's variants against their equations, written out unit by unit in plain Python."""

import math

import pytest
import torch

from lmkit.core.seeding import make_generator
from lmkit.nn.cells import CELLS
from lmkit.nn.cells.gated import GatedCell

VARIANTS = ("nig", "nfg", "nog", "niaf", "noaf", "cifg", "peepholes", "fgr")
INPUT, HIDDEN = 3, 4


def made(name: str) -> GatedCell:
    cell = CELLS.get(name)(INPUT, HIDDEN)
    cell.initialise(make_generator(7))
    with torch.no_grad():
        for parameter in cell.parameters():  # peepholes and biases that do something
            if parameter.dim() == 1 or parameter.shape[0] == 3:
                parameter.uniform_(-0.5, 0.5, generator=make_generator(8))
    return cell.double()


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def sums_of(cell: GatedCell, x: list[float], h: list[float]) -> dict[str, list[float]]:
    """Return W x + R h + b of every block, a number a unit."""
    w, r, b = (t.tolist() for t in (cell.weight_input, cell.weight_hidden, cell.bias))
    total = [
        sum(w[row][j] * x[j] for j in range(INPUT))
        + sum(r[row][j] * h[j] for j in range(HIDDEN))
        + b[row]
        for row in range(len(b))
    ]
    return {block: total[n * HIDDEN : (n + 1) * HIDDEN] for n, block in enumerate(cell.blocks)}


def step(name: str, cell: GatedCell, x: list[float], state: list[list[float]]) -> list[list[float]]:
    """Return the next state by the equations of the table, unit by unit."""
    h, c, *gates = state
    sums = sums_of(cell, x, h)
    if name == "fgr":
        before, weights = [g for gate in gates for g in gate], cell.weight_gates.tolist()
        for n, block in enumerate(("input", "forget", "output")):
            for u in range(HIDDEN):
                row = weights[n * HIDDEN + u]
                sums[block][u] += sum(row[j] * before[j] for j in range(3 * HIDDEN))
    peepholes = cell.peepholes.tolist() if name == "peepholes" else []
    after: list[list[float]] = [[], [], [], [], []]
    for u in range(HIDDEN):
        z = {block: values[u] for block, values in sums.items()}
        if name == "peepholes":
            z["input"] += peepholes[0][u] * c[u]
            z["forget"] += peepholes[1][u] * c[u]
        i = 1.0 if name == "nig" else sigmoid(z["input"])
        f = 1.0 if name == "nfg" else 1 - i if name == "cifg" else sigmoid(z["forget"])
        g = z["candidate"] if name == "niaf" else math.tanh(z["candidate"])
        new = f * c[u] + i * g
        if name == "peepholes":
            z["output"] += peepholes[2][u] * new
        o = 1.0 if name == "nog" else sigmoid(z["output"])
        shown = o * (new if name == "noaf" else math.tanh(new))
        for part, value in zip(after, (shown, new, i, f, o), strict=True):
            part.append(value)
    return after if name == "fgr" else after[:2]


@pytest.mark.parametrize("name", VARIANTS)
def test_three_steps_follow_the_equations_of_the_table(name: str) -> None:
    cell = made(name)
    x = torch.randn(3, 1, INPUT, generator=make_generator(1), dtype=torch.float64)
    outputs, after = cell(x, cell.start(1))
    state = [part[0].tolist() for part in cell.start(1)]
    for t in range(3):
        state = step(name, cell, x[t, 0].tolist(), state)
        assert outputs[t, 0].tolist() == pytest.approx(state[0], abs=1e-12)
    for ours, expected in zip(after, state, strict=True):
        assert ours[0].tolist() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", VARIANTS)
def test_a_step_reports_the_gates_it_declares_and_the_candidate(name: str) -> None:
    cell = made(name)
    x = torch.zeros(1, INPUT, dtype=torch.float64)
    assert set(cell.step(x, cell.start(1)).gates) == {*cell.gates, "candidate"}


def test_coupled_gates_sum_to_one() -> None:
    cell = made("cifg")
    gates = cell.step(torch.ones(2, INPUT, dtype=torch.float64), cell.start(2)).gates
    torch.testing.assert_close(gates["input"] + gates["forget"], torch.ones_like(gates["input"]))


def test_an_untrained_cell_keeps_most_of_its_state() -> None:
    for name in ("nig", "nog", "niaf", "noaf", "cifg", "peepholes", "fgr"):
        cell = CELLS.get(name)(INPUT, HIDDEN)
        cell.initialise(make_generator(3))
        gates = cell.step(torch.zeros(1, INPUT), cell.start(1)).gates
        assert gates["forget"].min() > 0.7, name
