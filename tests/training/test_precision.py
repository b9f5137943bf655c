"""The choice of a precision: by the processor and the model, never by a guess."""

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.core.processor import has_fast_bfloat16
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.training import precision
from lmkit.training.config import TrainingConfig
from lmkit.training.precision import NARROW, product_dtype, resolve_precision


def model_of(**settings: object) -> RecurrentLM:
    shape = {"vocab_size": 9, "hidden": NARROW, "embedding": 4, "layers": 1} | settings
    return RecurrentLM(RecurrentLMConfig(**shape))


@pytest.fixture
def with_bfloat16(monkeypatch):
    monkeypatch.setattr(precision, "has_fast_bfloat16", lambda: True)


@pytest.fixture
def without_bfloat16(monkeypatch):
    monkeypatch.setattr(precision, "has_fast_bfloat16", lambda: False)


def test_auto_follows_the_processor(with_bfloat16):
    assert resolve_precision("auto", width=NARROW) == "bfloat16"
    assert product_dtype("auto", model_of()) == torch.bfloat16


def test_auto_is_float32_elsewhere(without_bfloat16):
    assert resolve_precision("auto", width=4096) == "float32"


def test_auto_is_float32_for_narrow_layers_and_for_cells_without_a_choice(with_bfloat16):
    assert product_dtype("auto", model_of(hidden=NARROW - 1)) == torch.float32
    assert product_dtype("auto", model_of(cell="gru")) == torch.float32


def test_a_precision_that_is_asked_for_is_taken(with_bfloat16):
    assert product_dtype("bfloat16", model_of(hidden=4)) == torch.bfloat16
    assert product_dtype("float32", model_of()) == torch.float32


def test_bfloat16_is_refused_where_it_would_be_slow(without_bfloat16):
    with pytest.raises(UsageError, match="--precision float32"):
        resolve_precision("bfloat16", width=NARROW)


def test_the_default_is_what_this_processor_says():
    wanted = torch.bfloat16 if has_fast_bfloat16() else torch.float32
    assert product_dtype(TrainingConfig().precision, model_of()) == wanted


def test_a_precision_that_is_not_known_is_refused():
    with pytest.raises(UsageError, match="bfloat16"):
        TrainingConfig(precision="bfloat")


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_another_device_has_float32_unless_it_is_asked(monkeypatch, with_bfloat16, kind):
    monkeypatch.setattr(precision, "has_device_bfloat16", lambda device: device.type == "cuda")
    there = torch.device(kind)
    assert resolve_precision("auto", width=4096, device=there) == "float32"
    assert resolve_precision("float32", width=4096, device=there) == "float32"


def test_bfloat16_of_a_device_does_not_depend_on_the_processor(monkeypatch, without_bfloat16):
    monkeypatch.setattr(precision, "has_device_bfloat16", lambda device: device.type == "cuda")
    assert resolve_precision("bfloat16", width=1, device=torch.device("cuda")) == "bfloat16"
    with pytest.raises(UsageError, match="this mps device has no instructions for bfloat16"):
        resolve_precision("bfloat16", width=1, device=torch.device("mps"))
