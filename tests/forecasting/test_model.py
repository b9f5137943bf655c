"""The forecasting model: any cell, numbers in, continuations out."""

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.forecasting.model import ForecastModel, ForecastModelConfig, SeriesWindow
from lmkit.nn.cells import CELLS
from lmkit.nn.train_mode import TrainMode


def make(**changes) -> ForecastModel:
    config = ForecastModelConfig(columns=2, waves=4, hidden=8, **changes)
    return ForecastModel(config, torch.Generator().manual_seed(0)).eval()


@pytest.mark.parametrize("cell", CELLS.names())
def test_every_cell_reads_numbers_and_learns(cell):
    model = make(cell=cell)
    batch = SeriesWindow(torch.randn(3, 5, 6), torch.randn(3, 5, 2))
    loss, _ = model.loss(batch, model.start(3))
    loss.objective.backward()
    assert loss.count == 30
    assert all(w.grad is not None for w in model.head.parameters())
    assert any(w.grad is not None and w.grad.abs().sum() > 0 for w in model.recurrent.parameters())


def test_a_series_cut_in_two_reads_the_same():
    model = make(layers=2)
    inputs = torch.randn(3, 7, 6)
    whole, _ = model.read(inputs, model.start(3))
    first, state = model.read(inputs[:, :3], model.start(3))
    second, _ = model.read(inputs[:, 3:], state)
    assert torch.allclose(whole, torch.cat([first, second], 1), atol=1e-6)


def test_paths_are_drawn_by_reading_what_was_drawn():
    model = make()
    waves, last = torch.randn(3, 4), torch.randn(2, 2)
    generator = torch.Generator().manual_seed(3)
    paths = model.continue_paths(model.start(2), last, waves, generator)
    generator = torch.Generator().manual_seed(3)
    state, slow = model.start(2), []
    with torch.no_grad():
        for wave in waves:
            inputs = torch.cat([last, wave.repeat(2, 1)], 1)[:, None]
            hidden, state = model.read(inputs, state)
            last = model.head.sample(hidden[:, 0], generator)
            slow.append(last)
    assert torch.equal(paths, torch.stack(slow, 1))


def test_impossible_shapes_are_refused():
    with pytest.raises(UsageError):
        ForecastModelConfig(hidden=0)
    with pytest.raises(UsageError):
        ForecastModelConfig(dropout=1.0)


@pytest.mark.parametrize(
    "shape", [{"columns": 0}, {"layers": 0}, {"hidden": -1}, {"dropout": -0.1}, {"dropout": 1.0}]
)
def test_every_part_of_a_shape_is_checked(shape):
    with pytest.raises(UsageError, match=next(iter(shape))):
        ForecastModelConfig(**shape)


@pytest.mark.parametrize("head", ["gaussian", "quantile"])
@pytest.mark.parametrize("layers", [1, 3])
def test_equal_generators_give_equal_weights(head, layers):
    first, second = (make(head=head, layers=layers).state_dict() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_loss_is_the_mean_of_the_head():
    model = make()
    batch = SeriesWindow(torch.randn(3, 5, 6), torch.randn(3, 5, 2))
    with torch.no_grad():
        loss, _ = model.loss(batch, model.start(3))
        hidden, _ = model.read(batch.inputs, model.start(3))
        slow = float(model.head.loss(hidden, batch.targets)) / 30
    assert float(loss.objective) == pytest.approx(slow)
    assert float(loss.nats) == pytest.approx(30 * float(loss.objective))


def test_the_head_reads_the_input_beside_the_hidden_state():
    model = make()
    inputs = torch.randn(3, 5, 6)
    hidden, _ = model.read(inputs, model.start(3))
    assert hidden.shape == (3, 5, 8 + 6)
    assert torch.equal(hidden[..., -6:], inputs)


def test_states_are_selected_by_row():
    model = make()
    inputs = torch.randn(3, 4, 6)
    _, state = model.read(inputs, model.start(3))
    _, alone = model.read(inputs[[2, 0]], model.start(2))
    picked = model.select(state, torch.tensor([2, 0]))
    after, _ = model.read(inputs[:2], picked)
    expected, _ = model.read(inputs[:2], alone)
    assert torch.allclose(after, expected, atol=1e-6)


def test_dropout_is_of_training_alone():
    model = make(dropout=0.5)
    inputs = torch.randn(3, 5, 6)
    assert torch.equal(model.read(inputs, model.start(3))[0], model.read(inputs, model.start(3))[0])
    mode = TrainMode(generator=make_generator(0))
    first, _ = model.read(inputs, model.start(3), mode)
    second, _ = model.read(inputs, model.start(3), mode)
    assert not torch.equal(first, second)
    assert torch.equal(first[..., -6:], inputs)


def test_equal_generators_give_equal_continuations():
    model = make(head="quantile")
    waves, last = torch.randn(5, 4), torch.zeros(3, 2)
    first, second = (
        model.continue_paths(model.start(3), last, waves, torch.Generator().manual_seed(1))
        for _ in range(2)
    )
    assert torch.equal(first, second)
    assert first.shape == (3, 5, 2)
    assert not torch.equal(first[0], first[1])
