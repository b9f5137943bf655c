"""The card of the base: data, licence, figures and commands, whatever was measured."""

from collections.abc import Callable
from types import ModuleType

import pytest

FACTS = {
    "kind": "recurrent",
    "architecture": {"vocab_size": 40, "hidden": 8, "last_hidden": 6, "embedding": 5},
    "stack": [{"name": "cache"}, {"name": "ngram"}],
    "training": {
        "words": 45_247_486,
        "unknown_share": 0.0101,
        "parameters": 12_345,
        "epochs": 0.34,
        "steps": 2763,
        "date": "2026-11-27",
        "lmkit": "0.9",
        "torch": "2.9",
        "perplexity": 153.81,
        "perplexity_backward": 149.2,
        "perplexity_adapted": 140.04,
    },
}


@pytest.fixture
def base_card(base: Callable[[str], ModuleType]) -> Callable[..., str]:
    return base("base_card").base_card


def test_data_licence_figures_and_commands_stand_there(base_card: Callable[..., str]) -> None:
    card = base_card(FACTS, name="english", titles=["Emma", "Persuasion"], cloze=0.6)
    for part in (
        "# english",
        "| words | 45,247,486 |",
        "| unknown words | 1.01% of the training tokens |",
        "two LSTMs of 2 layers, 8 units",
        "12,345 weights",
        "| fitted with it | cache, ngram |",
        "forward | 153.8 |",
        "backward | 149.2 |",
        "fitted | 140.0 |",
        "five choices | 60.0% |",
        "public domain",
        "scripts/base/pack.py",
        "Emma; Persuasion.",
    ):
        assert part in card


def test_nothing_is_claimed_that_was_not_measured(base_card: Callable[..., str]) -> None:
    card = base_card(FACTS, name="english")
    assert "cloze" not in card
    assert "## The novels" not in card
