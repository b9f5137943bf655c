"""Two directions over one table, compared with two models trained apart and with one thread."""

import copy

import numpy as np
import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.data.batches import Batches, reversed_lines
from lmkit.models.recurrent.recurrent_lm import RecurrentLMConfig
from lmkit.models.weights import weights_of
from lmkit.nn.embedding import RowGradients
from lmkit.nn.train_mode import TrainMode
from lmkit.training.config import TrainingConfig
from lmkit.training.direction_pair import (
    DirectionPair,
    PairBatches,
    PairValidator,
)
from lmkit.training.run_context import RunContext
from lmkit.training.step import TrainStep
from lmkit.training.text_validation import TextValidator
from lmkit.training.trainer import Trainer

VOCAB, END = 12, 1


def pair_of(**settings: object) -> DirectionPair:
    shape = {"vocab_size": VOCAB, "hidden": 6, "last_hidden": 4, "embedding": 4, "samples": 3}
    config = RecurrentLMConfig(**{"head": "sampled", "head_input": "sum"} | shape | settings)
    return DirectionPair(config, make_generator(1))


def text(count: int = 400) -> np.ndarray:
    return np.random.default_rng(3).integers(VOCAB, size=count).astype(np.uint8)


def windows() -> PairBatches:
    return PairBatches(text(), batch=3, time=5, line_end_id=END, seed=0)


def mode_of(pair: DirectionPair, *, is_exact: bool = False, is_sparse: bool = False) -> TrainMode:
    rows = RowGradients([pair.ahead.embedding.weight]) if is_sparse else RowGradients()
    return TrainMode(generator=make_generator(7), is_exact=is_exact, rows=rows)


def test_the_windows_are_those_of_each_direction():
    pair = windows()
    for reverse, name in ((False, "forward"), (True, "backward")):
        alone = Batches(text(), batch=3, time=5, line_end_id=END, reverse=reverse, seed=0)
        for cursor in (0, 7, pair.steps_per_epoch + 2):
            found = getattr(pair.at(cursor), name)
            assert torch.equal(found.inputs, alone.at(cursor).inputs)
            assert torch.equal(found.targets, alone.at(cursor).targets)
    assert pair.batch == 3
    assert pair.starts_epoch(pair.steps_per_epoch)
    assert not pair.starts_epoch(1)


def test_both_directions_read_one_table_that_is_stored_once():
    pair = pair_of()
    assert pair.back.embedding is pair.ahead.embedding
    assert pair.back.head.weight is pair.ahead.embedding.weight
    assert [name for name in weights_of(pair) if "embedding" in name] == ["ahead.embedding.weight"]
    first, second = pair.ahead.recurrent, pair.back.recurrent
    assert not torch.equal(first.cells[0].weight_input, second.cells[0].weight_input)


@pytest.mark.parametrize("settings", [{"head": "adaptive"}, {"head": "full"}, {"tied": False}])
def test_a_table_that_cannot_be_shared_is_refused(settings):
    with pytest.raises(UsageError, match="one tied table"):
        pair_of(**settings)


@pytest.mark.parametrize("is_training", [False, True])
def test_loss_and_gradients_are_the_sums_of_those_of_two_models(is_training):
    pair = pair_of()
    batch = windows().at(4)
    mode = mode_of(pair, is_exact=True) if is_training else None
    apart = [copy.deepcopy(model) for model in (pair.ahead, pair.back)]
    apart[1].head.tie(apart[1].embedding)
    loss, state = pair.loss(batch, pair.start(3), mode)
    loss.objective.backward()
    losses = []
    for model, window in zip(apart, (batch.forward, batch.backward), strict=True):
        alone, _ = model.loss(window, model.start(3))
        alone.objective.backward()
        losses.append(alone)
    torch.testing.assert_close(loss.objective, losses[0].objective + losses[1].objective)
    torch.testing.assert_close(loss.nats, losses[0].nats + losses[1].nats)
    assert loss.count == 30
    expected = apart[0].embedding.weight.grad + apart[1].embedding.weight.grad
    torch.testing.assert_close(pair.ahead.embedding.weight.grad, expected)
    for model, alone in zip((pair.ahead, pair.back), apart, strict=True):
        for name, weight in model.recurrent.named_parameters():
            torch.testing.assert_close(weight.grad, alone.recurrent.get_parameter(name).grad)
    assert not any(part.requires_grad for side in state for layer in side for part in layer)


def test_a_sparse_gradient_of_the_table_is_the_dense_one():
    gradients = []
    for is_sparse in (False, True):
        pair = pair_of()
        loss, _ = pair.loss(windows().at(2), pair.start(3), mode_of(pair, is_sparse=is_sparse))
        loss.objective.backward()
        gradients.append(pair.ahead.embedding.weight.grad)
    assert gradients[1].is_sparse
    torch.testing.assert_close(gradients[1].to_dense(), gradients[0])


def test_a_scaled_objective_scales_every_gradient():
    gradients = []
    for factor in (1.0, 3.0):
        pair = pair_of()
        loss, _ = pair.loss(windows().at(0), pair.start(3))
        (factor * loss.objective).backward()
        gradients.append([weight.grad for weight in pair.parameters()])
    for once, thrice in zip(*gradients, strict=True):
        torch.testing.assert_close(3 * once, thrice)


def test_each_direction_draws_samples_of_its_own_from_the_generator_of_the_step():
    pair = pair_of()
    batch, losses = windows().at(0), []
    for seed in (7, 7, 8):
        mode = TrainMode(generator=make_generator(seed))
        losses.append(pair.loss(batch, pair.start(3), mode)[0].objective.item())
    assert losses[0] == losses[1] != losses[2]


def trained(steps: int, *, is_threaded: bool, row_updates: int = 1) -> dict[str, torch.Tensor]:
    pair = pair_of()
    pair.use_threads(is_threaded=is_threaded)
    train_step = TrainStep(pair, windows(), TrainingConfig(row_updates=row_updates), seed=5)
    for cursor in range(steps):
        train_step.step(cursor, progress=cursor / steps, rate_factor=1.0)
    pair.use_threads(is_threaded=False)
    return weights_of(pair)


@pytest.mark.parametrize("row_updates", [0, 1])
def test_threads_change_no_byte(row_updates):
    one, two = (trained(6, is_threaded=many, row_updates=row_updates) for many in (False, True))
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_a_run_cut_in_two_ends_with_the_same_bytes(tmp_path):
    def trainer(**context: object) -> Trainer:
        pair = pair_of()
        validator = PairValidator(pair, text(90), words=90, line_end_id=END)
        config = TrainingConfig(epochs=1, validations=3, learning_rate=0.02, row_updates=1)
        return Trainer(pair, windows(), validator, config=config, context=RunContext(**context))

    whole = trainer()
    list(whole.run())
    asked = iter(range(99))
    list(trainer(folder=tmp_path, stop=lambda: next(asked) >= 11).run())
    again = trainer(folder=tmp_path, resume=True)
    assert again.state.step == 11
    events = list(again.run())
    first, second = weights_of(whole.train_step.task), weights_of(again.train_step.task)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert events[-1].tokens == again.state.tokens


def test_validation_is_the_geometric_mean_of_both_directions():
    pair = pair_of()
    validator = PairValidator(pair, text(80), words=60, line_end_id=END)
    assert validator.latest == ()
    found = validator.validate(80)
    each = [
        TextValidator(model, ids, words=60, line_end_id=END).validate(80)
        for model, ids in ((pair.ahead, text(80)), (pair.back, reversed_lines(text(80))))
    ]
    assert validator.latest == tuple(each)
    assert found.perplexity == pytest.approx((each[0].perplexity * each[1].perplexity) ** 0.5)
    assert validator.tokens == 80
