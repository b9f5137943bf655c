"""Which weights go where, for models with and without recurrent cells."""

import torch
from torch import nn

from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.training.config import TrainingConfig
from lmkit.training.optimizers.build import make_muon, matrices_of_cells
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
