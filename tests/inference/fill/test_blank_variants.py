"""Ids of filled texts are those of each whole text."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmkit.inference.fill.blank_variants import detached, encode_variants, template_for
from lmkit.text.blanks import parse_blanks

TEXTS = ["the ___ sat on the mat", "___", "a ___, (___) cat", "the ca___ ___", "line\na ___ b\nc"]
WORDS = ["cat", "old dog", "the", "早上", "zebra", "mat."]


@pytest.mark.parametrize("text", TEXTS)
def test_left_middle_and_right_are_the_ids_of_the_whole(punctuated_world, text):
    template = template_for(punctuated_world.tokenizer, parse_blanks(text))
    fillings = [[word] * len(template.blanks) for word in WORDS]
    variants = encode_variants(punctuated_world.tokenizer, template, fillings)
    for filling, middle in zip(fillings, variants.middles, strict=True):
        ids = [*variants.left, *middle, *variants.right]
        assert ids == punctuated_world.tokenizer.encode(template.fill(filling))


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text("ab ,'早\n", max_size=12),
    st.text("ab ,'早\n", max_size=12),
    st.text("ab早", min_size=1),
)
def test_any_text_around_a_blank_is_cut_as_the_whole(punctuated_world, left, right, word):
    template = parse_blanks(f"{left} ___{right}")
    variants = encode_variants(punctuated_world.tokenizer, template, [[word]])
    ids = [*variants.left, *variants.middles[0], *variants.right]
    assert ids == punctuated_world.tokenizer.encode(template.fill([word]))


def test_detached_blanks_have_spaces_around_them():
    template = detached(parse_blanks("the ___, (___)"))
    assert template.segments == ("the ", " , ( ", " )")
    assert detached(parse_blanks("___ a")).segments == ("", " a")


def test_words_parted_by_spaces_alone_get_detached_blanks(world, punctuated_world):
    template = parse_blanks("the ___.")
    assert template_for(world.tokenizer, template).segments == ("the ", " .")
    assert template_for(punctuated_world.tokenizer, template) is template
