"""Ids of filled texts, and the words that a blank makes with what touches it."""

import itertools

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmkit.core.errors import UsageError
from lmkit.inference.fill.blank_variants import (
    detached,
    encode_variants,
    is_joined,
    joined_text,
    joined_words,
    known_choices,
    template_for,
    unknown_joined,
    with_lengths,
)
from lmkit.inference.fill.config import FillConfig
from lmkit.inference.fill.fill import fill_text
from lmkit.models.directions import Directions
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


def test_choices_to_avoid_are_not_offered(world):
    config = FillConfig(choices=("cat", "old dog", "dog"), avoid=frozenset(["Old", "cat"]))
    filling = fill_text(Directions(forward=world.model), world.vocabulary, "the ___ sat", config)
    assert [filled.words for filled in filling.fillings] == [("dog",)]


def test_an_unknown_choice_is_named(world):
    config = FillConfig(choices=("cat", "unicorn"))
    with pytest.raises(UsageError, match="'unicorn'"):
        fill_text(Directions(forward=world.model), world.vocabulary, "the ___", config)


def test_choices_are_tidied_and_given_once(world):
    config = FillConfig(choices=(" cat ", "dog", "cat", "old  dog", ""))
    choices = known_choices(world.vocabulary, config, parse_blanks("the ___ sat"))
    assert choices == ("cat", "dog", "old dog")


def test_lengths_that_are_asked_for_take_the_place_of_those_of_the_text():
    template = parse_blanks("the ___ sat on a ____+ log")
    assert with_lengths(template, FillConfig()) == template
    asked = with_lengths(template, FillConfig(words=(2, 4)))
    assert [(blank.min_words, blank.max_words) for blank in asked.blanks] == [(2, 4), (2, 4)]
    assert asked.segments == template.segments


LINES = [
    "the king's hat, and the queen's hat",
    "a kind-hearted king met the cold-hearted queen.",
    "the cats undressed 10 dogs; 120 dogs' cats",
    '"thou shalt not", the king said',
]


@pytest.fixture(scope="module")
def kings(make_world):
    return make_world("word", split="punctuation", lines=LINES)


def fill(world, text, **options):
    return fill_text(
        Directions(forward=world.model), world.vocabulary, text, FillConfig(k=50, **options)
    )


def known_words(world):
    return [world.vocabulary.words[n] for n in range(len(world.vocabulary)) if n > 1]


@pytest.mark.parametrize(
    "text",
    ["the ___'s hat", "a ___-hearted king", "the ___s met", "un___ed", "1___0 dogs", "the k___'s"],
)
def test_only_words_known_with_their_neighbours_are_offered(kings, text):
    template = parse_blanks(text)
    found = {filled.words[0] for filled in fill(kings, text).fillings}
    assert found
    prefix = template.blanks[0].prefix
    glue = template.segments[1].split(" ")[0]
    known = set(known_words(kings))
    expected = {
        word[: -len(glue)]
        for word in known
        if word.endswith(glue) and word.startswith(prefix) and len(word) > len(prefix + glue)
    }
    assert found == expected


def test_the_most_probable_text_comes_first(kings):
    filling = fill(kings, "the ___'s hat")
    scores = [kings.log_prob(filled.text) for filled in filling.fillings]
    assert scores == sorted(scores, reverse=True)


def test_a_beginning_with_nothing_known_fits_nothing(kings):
    assert fill(kings, "a ___-hatted king").fillings == ()


@pytest.mark.parametrize("text", ["the ___, and", "the ___.", "___; a", "the ___: a"])
def test_punctuation_that_is_cut_off_joins_no_word(kings, text):
    found = {filled.words[0] for filled in fill(kings, text).fillings}
    assert {"king", "queen", "hat"} <= found


def test_right_after_punctuation_the_words_known_there_are_offered(kings):
    found = {filled.words[0] for filled in fill(kings, 'a "___ met').fillings}
    assert found == {
        text for text in kings.vocabulary.texts if text[:1].isalnum() and text != "<unk>"
    }


@pytest.mark.parametrize(
    "text", ["the ___ met", "the ___, and", '"___ shalt not', "___ king", "___"]
)
@pytest.mark.parametrize("exact", [True, False])
def test_punctuation_alone_is_no_filling(kings, text, exact):
    found = [filled.words[0] for filled in fill(kings, text, exact=exact).fillings]
    assert found
    assert all(any(letter.isalnum() for letter in word) for word in found)


def test_punctuation_alone_is_a_filling_where_it_is_asked_for(kings):
    found = fill(kings, "the queen.___ and", choices=(",", ";"))
    assert {filled.words[0] for filled in found.fillings} == {",", ";"}


def test_a_choice_that_makes_an_unknown_word_is_refused_by_name(kings):
    with pytest.raises(UsageError, match=r"\"cats's\".*'cats'"):
        fill(kings, "the ___'s hat", choices=("king", "queen", "cats"))


def test_a_choice_unknown_by_itself_is_taken_where_it_makes_a_known_word(kings):
    assert not kings.vocabulary.known("kin")
    found = fill(kings, "the ___g met", choices=("kin",))
    assert [filled.text for filled in found.fillings] == ["the king met"]
    with pytest.raises(UsageError, match="'kin'"):
        fill(kings, "the ___ met", choices=("kin",))


def test_choices_that_make_known_words_are_compared(kings):
    found = fill(kings, "the ___'s hat", choices=("queen", "king"))
    assert found.exact
    assert {filled.text for filled in found.fillings} == {"the king's hat", "the queen's hat"}


def test_an_unknown_character_beside_a_word_does_not_count_against_it(kings):
    assert len(fill(kings, "the ___€ and").fillings) > 10


@pytest.mark.parametrize("unit", ["bpe", "unigram", "char"])
def test_units_that_spell_words_join_any(make_world, unit):
    world = make_world(unit, split="punctuation", lines=LINES)
    template = parse_blanks("the ___'s hat")
    assert unknown_joined(world.vocabulary, template, [["met"], ["dogs"]]) == [False, False]
    found = fill(world, "the ___'s hat").fillings
    assert len(found) > 3
    best = max(found, key=lambda filled: world.log_prob(filled.text))
    assert found[0] == best


def test_the_joined_words_are_those_of_the_vocabulary_one_by_one(kings):
    blank = parse_blanks("___").blanks[0]
    log_probs = torch.arange(len(kings.vocabulary)).double()
    for before, after in (("the ", "'s hat"), ("a ", "-hearted"), ("the ", "s"), ("", "0")):
        found = joined_words(kings.vocabulary, log_probs, blank, before=before, after=after)
        glue = after.split(" ")[0]
        expected = {}
        for number, text in enumerate(kings.vocabulary.texts):
            for length in range(1, len(glue) + 1):
                word = text.removeprefix(" ")
                is_usable = text.startswith(" ") and number > 1
                if is_usable and word.endswith(glue[:length]) and len(word) > length:
                    cut = word[:-length]
                    if any(letter.isalnum() for letter in cut):
                        expected[cut] = max(float(number), expected.get(cut, 0.0))
        assert found == expected


def test_nothing_is_joined_where_white_space_parts(kings):
    blank = parse_blanks("___").blanks[0]
    log_probs = torch.zeros(len(kings.vocabulary))
    assert joined_words(kings.vocabulary, log_probs, blank, before="the ", after=" hat") == {}


def test_a_word_joins_the_characters_on_its_left_too(kings):
    blank = parse_blanks("___").blanks[0]
    log_probs = torch.zeros(len(kings.vocabulary))
    found = joined_words(kings.vocabulary, log_probs, blank, before="a kind-", after=" king")
    assert "hearted" in found


@pytest.mark.parametrize(
    ("text", "joined"),
    [("a ___ b", False), ("a ___, b", True), ("(___ b", True), ("___", False), ("a___ b", False)],
)
def test_a_blank_is_joined_where_a_character_touches_it(text, joined):
    assert is_joined(parse_blanks(text)) is joined


def test_the_joined_text_is_the_word_with_its_neighbours():
    template = parse_blanks("the ___'s hat, (___)")
    assert joined_text(template, ["king", "red"]) == "king's"
    assert joined_text(parse_blanks("a ___ b"), ["c"]) == "c"


def test_unknown_joined_words_are_those_of_brute_force(kings):
    words = ["king", "queen", "hat", "kind-hearted", "cats", "dogs"]
    for text in ("the ___'s hat", "a ___-hearted", "the ___s", "the ___, ___"):
        template = parse_blanks(text)
        fillings = list(itertools.product(words, repeat=len(template.blanks)))
        unknown = kings.tokenizer.unknown_id
        expected = [unknown in kings.tokenizer.encode(template.fill(way)) for way in fillings]
        assert unknown_joined(kings.vocabulary, template, fillings) == expected
