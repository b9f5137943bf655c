from pathlib import Path

import pytest

from lmkit.core.errors import UsageError
from lmkit.recipes.resume_changes import refuse_other_settings

BEGAN = {"model": {"hidden": 8, "layers": 2}, "training": {"batch": 4, "epochs": 3.0}}


@pytest.mark.parametrize(
    ("section", "key", "given", "said"),
    [
        ("model", "hidden", 16, "began with hidden=8, so hidden=16 cannot change it; leave"),
        ("model", "layers", 1, "began with layers=2"),
        ("model", "head", "sampled", "head=sampled cannot change it"),
        ("training", "batch", 2, "began with batch=4"),
        ("training", "optimizer", "sgd", "optimizer=sgd cannot"),
        ("text", "min_frequency", 9, "min_frequency=9 cannot"),
        ("text", "lowercase", True, "lowercase=True cannot"),
        ("data", "shift_epochs", False, "shift_epochs=False cannot"),
    ],
)
def test_what_makes_another_text_or_network_is_refused_by_name(section, key, given, said):
    with pytest.raises(UsageError, match=f"the run in m .*{said}"):
        refuse_other_settings(Path("m"), BEGAN, {section: {key: given}})


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"model": {"hidden": 8}},
        {"training": {"epochs": 9.0, "minutes": 2.0, "learning_rate": 0.5, "validations": 3}},
    ],
)
def test_the_same_again_and_what_only_steps_to_come_need_may_be_given(settings):
    refuse_other_settings(Path("m"), BEGAN, settings)
