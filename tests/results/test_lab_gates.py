"""Open and closed gates, strong units and interventions."""

import pytest

from lmkit.results.lab_gates import (
    DroppedUnit,
    Effect,
    ForcedGate,
    GateFractions,
    ProbabilityChange,
    StrongUnit,
    StrongUnits,
)
from lmkit.results.words import Guess


def test_means_are_taken_over_the_units() -> None:
    shares = GateFractions(1, "forget", (0.5, 1.0, 0.0), (0.25, 0.0, 0.5))
    assert shares.mean_open == pytest.approx(0.5)
    assert shares.mean_closed == pytest.approx(0.25)
    assert set(shares.to_dict()) == {"layer", "gate", "open", "closed"}


def test_a_unit_of_a_projected_cell_holds_nothing_of_its_own() -> None:
    units = StrongUnits("cat", (StrongUnit(1, 3, -0.5, None),))
    assert units.to_dict() == {
        "word": "cat",
        "units": ({"layer": 1, "unit": 3, "hidden": -0.5, "cell": None},),
    }


def test_a_gate_is_held_in_every_layer_and_unit_where_none_is_named() -> None:
    assert ForcedGate("forget", 1.0).to_dict() == {
        "gate": "forget",
        "value": 1.0,
        "layer": 0,
        "units": (),
    }
    assert ForcedGate("forget", None).value is None
    assert DroppedUnit(2, 17).to_dict() == {"layer": 2, "unit": 17}


def test_an_effect_has_both_predictions_and_their_distance() -> None:
    change = ProbabilityChange("cat", 0.5, 0.1)
    found = Effect("the", (Guess("cat", 0.5),), (Guess("dog", 0.4),), (change,), 0.3).to_dict()
    assert found["before"] == ({"word": "cat", "probability": 0.5},)
    assert found["after"] == ({"word": "dog", "probability": 0.4},)
    assert found["moved"] == ({"word": "cat", "before": 0.5, "after": 0.1},)
    assert found["divergence"] == 0.3
