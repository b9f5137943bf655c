"""The language model by hand that lmkit is compared with."""

from collections.abc import Callable
from types import ModuleType

import pytest
import torch


@pytest.fixture
def plain(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("plain_lstm")


def shape(plain: ModuleType, **sizes: float) -> object:
    given = {"vocab_size": 11, "hidden": 6, "streams": 3, "window": 5, "dropout": 0.0}
    return plain.PlainShape(**{**given, **sizes})


IDS = torch.arange(400) % 11


def test_the_output_layer_is_the_table_of_word_vectors(plain: ModuleType) -> None:
    model = plain.PlainLM(shape(plain, layers=3))
    assert model.output.weight is model.embedding.weight
    assert model.lstm.num_layers == 3
    assert [part.shape for part in model.start(4)] == [(3, 4, 6)] * 2


def test_a_text_is_learned(plain: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain, "RATE", 0.03)
    torch.manual_seed(0)
    model, step = plain.plain_step(shape(plain, hidden=16), torch.device("cpu"), IDS)
    first = float(step())
    for _ in range(150):
        last = float(step())
    assert last < 0.5 * first
    assert plain.plain_perplexity(model, IDS) < 6
    assert model.training


def test_products_in_bfloat16_learn_too(plain: ModuleType) -> None:
    torch.manual_seed(0)
    _, step = plain.plain_step(shape(plain), torch.device("cpu"), IDS, autocast=True)
    losses = [float(step()) for _ in range(60)]
    assert losses[-1] < losses[0]


def test_an_even_model_has_the_perplexity_of_its_vocabulary(plain: ModuleType) -> None:
    model = plain.PlainLM(shape(plain))
    torch.nn.init.zeros_(model.embedding.weight)
    assert plain.plain_perplexity(model, IDS) == pytest.approx(11.0, rel=1e-5)


def test_a_curve_has_a_point_for_each_time_and_its_clock_stands_while_it_validates(
    plain: ModuleType,
) -> None:
    cpu, at = torch.device("cpu"), [0.01, 0.02]
    points = list(plain.plain_curve(shape(plain), cpu, IDS, IDS[:60], at=at))
    assert len(points) == 2
    for (seconds, words, perplexity), wanted in zip(points, at, strict=True):
        assert seconds >= wanted
        assert words % 15 == 0
        assert perplexity > 1
    assert points[0][1] < points[1][1] or points[0][0] >= at[1]
