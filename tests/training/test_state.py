"""State of a run, and sums between reports."""

import json

import pytest

from lmkit.training.state import StepMeter, TrainerState
from lmkit.training.step_report import StepReport


def test_a_state_is_json_and_taken_over():
    first = TrainerState(step=4, tokens=90, stale=2, validated_step=3, decided_step=4)
    second = TrainerState()
    second.load(json.loads(json.dumps(first.state())))
    assert second == first


def test_a_state_that_lacks_a_field_is_refused():
    with pytest.raises(KeyError, match="tokens"):
        TrainerState().load({"step": 1, "decided_step": 1})


def test_a_meter_weighs_steps_by_their_predictions():
    meter = StepMeter()
    meter.add(StepReport(nats=6.0, count=3, gradient_norm=1.0, learning_rate=0.1), 2.0)
    meter.add(StepReport(nats=4.0, count=1, gradient_norm=2.0, learning_rate=0.2), 2.0)
    assert meter.mean == 2.5
    assert meter.per_second == 1.0
    assert meter.last.learning_rate == 0.2


def test_a_meter_without_steps_divides_by_nothing():
    assert (StepMeter().mean, StepMeter().per_second) == (0.0, 0.0)
