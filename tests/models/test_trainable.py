"""The interface between models and the trainer."""

import pytest
import torch

from lmkit.forecasting.model import ForecastModel
from lmkit.models.recurrent.recurrent_lm import RecurrentLM
from lmkit.models.trainable import Loss, Trainable


@pytest.mark.parametrize("kind", [RecurrentLM, ForecastModel])
def test_models_of_tokens_and_of_numbers_are_trainable_modules(kind):
    assert issubclass(kind, Trainable)
    assert issubclass(kind, torch.nn.Module)


def test_a_model_without_a_loss_is_refused():
    class Half(Trainable[object, None]):
        def start(self, batch):
            return None

    with pytest.raises(TypeError, match="loss"):
        Half()


def test_a_loss_holds_objective_nats_and_count():
    loss = Loss(torch.ones(()), torch.tensor(6.0), 3)
    assert float(loss.nats) / loss.count == 2.0
