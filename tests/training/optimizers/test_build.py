"""Which weights go where, for models with and without recurrent cells."""

import pytest
import torch
from torch import nn

from lmkit.core.errors import ModelError
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.training.config import TrainingConfig
from lmkit.training.optimizers.build import (
    OPTIMIZERS,
    Optimizers,
    make_muon,
    matrices_of_cells,
)
from lmkit.training.optimizers.muon import Muon


def test_muon_takes_the_matrices_of_the_cells_and_nothing_else():
    config = RecurrentLMConfig(vocab_size=30, layers=2, hidden=6, embedding=6, head="full")
    model = RecurrentLM(config, torch.Generator().manual_seed(0))
    (group,) = matrices_of_cells(model, split_gates=True)
    assert group["blocks"] == 4
    assert {tuple(weight.shape) for weight in group["params"]} == {(24, 6)}
    assert len(group["params"]) == 4
    assert matrices_of_cells(model, split_gates=False)[0]["blocks"] == 1


def test_a_model_without_cells_is_left_to_adamw():
    parts = make_muon(nn.Linear(3, 3), TrainingConfig())._parts
    assert len(parts) == 1
    assert not isinstance(parts[0], Muon)


def test_every_weight_has_one_optimizer():
    config = RecurrentLMConfig(vocab_size=30, layers=1, hidden=6, embedding=4)
    model = RecurrentLM(config, torch.Generator().manual_seed(0))
    parts = make_muon(model, TrainingConfig())._parts
    found = [id(w) for part in parts for group in part.param_groups for w in group["params"]]
    assert sorted(found) == sorted(id(weight) for weight in model.parameters())


def tiny_model(**settings: object) -> RecurrentLM:
    shape = {"vocab_size": 30, "layers": 1, "hidden": 6, "embedding": 4, "head": "full"}
    return RecurrentLM(RecurrentLMConfig(**{**shape, **settings}), torch.Generator().manual_seed(0))


def take_step(optimizers: Optimizers, model: nn.Module, value: float = 1.0) -> None:
    for weight in model.parameters():
        weight.grad = torch.full_like(weight, value)
    optimizers.step()


def copied(model: nn.Module) -> list[torch.Tensor]:
    return [weight.detach().clone() for weight in model.parameters()]


@pytest.mark.parametrize("name", OPTIMIZERS.names())
def test_a_rate_of_nothing_moves_nothing_and_the_rate_is_one_of_the_highest(name):
    model = tiny_model()
    optimizers = OPTIMIZERS.get(name)(model, TrainingConfig(learning_rate=0.1, matrix_rate=0.1))
    before = copied(model)
    optimizers.set_rate(0.0)
    take_step(optimizers, model)
    assert all(torch.equal(a, b) for a, b in zip(before, copied(model), strict=True))
    optimizers.set_rate(0.5)
    optimizers.set_rate(0.25)
    rates = {group["lr"] for part in optimizers._parts for group in part.param_groups}
    assert rates == {0.1 * 0.25}


@pytest.mark.parametrize("name", OPTIMIZERS.names())
def test_a_stored_state_goes_on_to_the_same_weights(name):
    config = TrainingConfig(learning_rate=0.1, orthogonalise_every=3)
    whole, cut = tiny_model(), tiny_model()
    optimizers = OPTIMIZERS.get(name)(whole, config)
    first, second = OPTIMIZERS.get(name)(cut, config), OPTIMIZERS.get(name)(cut, config)
    for step in range(6):
        take_step(optimizers, whole, value=step + 1.0)
    for step in range(2):
        take_step(first, cut, value=step + 1.0)
    second.load({key: value.clone() for key, value in first.state().items()})
    for step in range(2, 6):
        take_step(second, cut, value=step + 1.0)
    assert all(torch.equal(a, b) for a, b in zip(copied(whole), copied(cut), strict=True))


def test_gradients_and_moments_are_forgotten():
    model = tiny_model()
    optimizers = make_muon(model, TrainingConfig())
    take_step(optimizers, model)
    assert optimizers.state()
    optimizers.clear_gradients()
    assert all(weight.grad is None for weight in model.parameters())
    optimizers.forget()
    assert optimizers.state() == {}


@pytest.mark.parametrize("key", ["9/0/momentum", "0/99/momentum", "nonsense", "x/0/momentum"])
def test_the_state_of_other_optimisers_is_refused(key):
    with pytest.raises(ModelError, match="does not match the model"):
        make_muon(tiny_model(), TrainingConfig()).load({key: torch.ones(1)})


def test_the_state_of_a_larger_model_is_refused():
    larger = tiny_model(hidden=9)
    optimizers = make_muon(larger, TrainingConfig())
    take_step(optimizers, larger)
    with pytest.raises(ModelError, match="does not match the model"):
        make_muon(tiny_model(), TrainingConfig()).load(optimizers.state())


def test_adamw_is_fused_where_the_device_has_it():
    model = tiny_model()
    assert all(p.defaults["fused"] for p in OPTIMIZERS.get("adamw")(model, TrainingConfig())._parts)
    elsewhere = OPTIMIZERS.get("adamw")(tiny_model().to("meta"), TrainingConfig())._parts
    assert not any(part.defaults["fused"] for part in elsewhere)


def test_the_matrices_of_cells_have_a_rate_of_their_own():
    config = TrainingConfig(learning_rate=0.2, matrix_rate=0.01)
    for name in ("muon", "adamw"):
        first, *rest = OPTIMIZERS.get(name)(tiny_model(), config)._parts
        assert {group["lr"] for group in first.param_groups} == {0.01}
        assert {group["lr"] for part in rest for group in part.param_groups} == {0.2}
