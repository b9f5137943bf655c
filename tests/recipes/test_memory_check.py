import pytest

from lmkit.core.errors import UsageError
from lmkit.core.seeding import make_generator
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.recipes.memory_check import check_memory, machine_memory

SMALL = RecurrentLMConfig(vocab_size=20, hidden=8, embedding=8)


def test_a_model_that_fits_is_let_through():
    check_memory(SMALL)
    weights = RecurrentLM(SMALL, make_generator(0)).parameter_count()
    check_memory(SMALL, memory=20 * weights)
    with pytest.raises(UsageError, match=f"{weights:,} weights"):
        check_memory(SMALL, memory=20 * weights - 1)


@pytest.mark.parametrize(
    "sizes",
    [
        {"hidden": 10**9},
        {"hidden": 10**5},
        {"hidden": 2**62},
        {"hidden": 10**30},
        {"embedding": 10**9},
        {"layers": 10**9},
        {"vocab_size": 10**12},
        {"hidden": 10**9, "cell": "gru"},
    ],
)
def test_what_no_machine_holds_is_refused_at_once(sizes):
    config = RecurrentLMConfig(**{"vocab_size": 20, "hidden": 8, "embedding": 8, **sizes})
    with pytest.raises(UsageError):
        check_memory(config, memory=64 * 10**9)


def test_a_machine_has_some_memory():
    assert machine_memory() > 10**8
