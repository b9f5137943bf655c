"""Settings of training: values that cannot be are refused by name."""

import pytest

from lmkit.core.errors import UsageError
from lmkit.training.config import TrainingConfig


def test_the_defaults_are_possible():
    config = TrainingConfig()
    assert (config.minutes, config.epochs, config.exact_fraction) == (0.0, 0.0, None)


@pytest.mark.parametrize(
    ("setting", "value", "wanted"),
    [
        ("batch", 0, "more than 0"),
        ("time", -1, "more than 0"),
        ("learning_rate", 0.0, "more than 0"),
        ("validations", 0, "more than 0"),
        ("orthogonalise_every", 0, "more than 0"),
        ("warm_up", 1.1, "between 0 and 1"),
        ("exact_fraction", -0.1, "between 0 and 1"),
        ("validation_fraction", 2.0, "between 0 and 1"),
        ("dropout_anneal", float("nan"), "between 0 and 1"),
        ("minutes", float("inf"), "0 or more"),
        ("patience", -1, "0 or more"),
        ("clip", -1.0, "0 or more"),
        ("dropout_epochs", 0.5, "1 or more"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(setting, value, wanted):
    with pytest.raises(UsageError, match=f"training.{setting} must be {wanted}"):
        TrainingConfig(**{setting: value})


def test_there_is_one_budget():
    with pytest.raises(UsageError, match="not both"):
        TrainingConfig(minutes=1.0, epochs=1.0)
