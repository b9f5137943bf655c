"""Options name adapters; what is left open is what was fitted."""

import pytest

from lmkit.archive.options import (
    ADAPT,
    MIX,
    ModelOptions,
    adapt_name,
    alone_or_named,
    choose_adapters,
    mix_name,
)
from lmkit.core.errors import UnknownNameError, UsageError

FITTED = ("cache", "ngram")


def test_left_open_means_as_fitted():
    assert ModelOptions().adapters is None
    assert choose_adapters(FITTED) is None


@pytest.mark.parametrize(
    ("fitted", "adapt", "mix", "expected"),
    [
        (FITTED, "none", None, {"ngram"}),
        (FITTED, None, "none", {"cache"}),
        (FITTED, "none", "none", set()),
        (FITTED, "both", None, {"dynamic", "cache", "ngram"}),
        (FITTED, "dynamic", "none", {"dynamic"}),
        ((), None, "ngram", {"ngram"}),
        ((), "cache", None, {"cache"}),
        (("cache", "half"), None, "none", {"cache", "half"}),
        (("cache", "half"), "none", None, {"half"}),
    ],
)
def test_each_choice_is_its_own(fitted, adapt, mix, expected):
    assert set(choose_adapters(fitted, adapt=adapt, mix=mix)) == expected


def test_names_of_the_choices_are_found_again():
    for adapt in ADAPT:
        for mix in MIX:
            names = choose_adapters((), adapt=adapt, mix=mix)
            assert (adapt_name(names), mix_name(names)) == (adapt, mix)


def test_mistyped_names_are_refused():
    with pytest.raises(UnknownNameError, match="cache"):
        choose_adapters((), adapt="cahce")
    with pytest.raises(UnknownNameError, match="ngram"):
        choose_adapters((), mix="trigram")
    with pytest.raises(UnknownNameError, match="cache"):
        ModelOptions(adapters=("cahce",))
    with pytest.raises(UnknownNameError, match="forward"):
        ModelOptions(direction="sideways")
    with pytest.raises(UnknownNameError, match="int8"):
        ModelOptions(precision="int9")


def test_alone_is_no_adapter_and_no_other_choice():
    assert alone_or_named(FITTED, alone=True, adapt=None, mix=None) == ()
    assert alone_or_named(FITTED, alone=True, adapt="none", mix="none") == ()
    assert alone_or_named(FITTED, alone=False, adapt=None, mix=None) is None
    assert alone_or_named(FITTED, alone=False, adapt="none", mix=None) == ("ngram",)
    with pytest.raises(UsageError, match="alone"):
        alone_or_named(FITTED, alone=True, adapt="cache", mix=None)
    with pytest.raises(UsageError, match="alone"):
        alone_or_named(FITTED, alone=True, adapt=None, mix="ngram")


def test_another_device_takes_the_place_of_that_of_the_options():
    options = ModelOptions(device="cpu", precision="int8")
    assert options.on(None) is options
    assert options.on("meta") == ModelOptions(device="meta", precision="int8")
