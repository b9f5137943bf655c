import pytest

from lmkit.data.grammar.lexicon import (
    ADVERBS,
    ATTRACTORS,
    NUMBERS,
    OBJECTS,
    PEOPLE,
    SEEING,
    SUBJECTS,
    TIMES,
    VERBS,
    Word,
    opposite,
)


def test_a_word_has_a_form_for_each_number():
    child = Word("child", "children")
    assert [child.form(number) for number in NUMBERS] == ["child", "children"]
    assert [opposite(number) for number in NUMBERS] == ["plural", "singular"]


@pytest.mark.parametrize("word", [*SUBJECTS, *ATTRACTORS, *VERBS.values(), *SEEING])
def test_the_two_numbers_of_a_word_differ(word):
    assert word.singular != word.plural


def test_a_verb_has_its_s_in_the_singular():
    for base, verb in VERBS.items():
        assert verb.plural == base
        assert verb.singular.endswith("s")
    assert VERBS["fly"].singular == "flies"


def test_every_subject_does_what_is_a_verb():
    assert {verb for verbs in SUBJECTS.values() for verb in verbs} == set(VERBS)


def test_objects_belong_to_verbs_and_are_words():
    assert set(OBJECTS) < set(VERBS)
    for objects in OBJECTS.values():
        assert all(name.isalpha() for name in objects)
        assert len(set(objects)) == len(objects) > 1


def test_no_noun_is_both_subject_and_attractor():
    assert not {noun.singular for noun in SUBJECTS} & {noun.singular for noun in ATTRACTORS}


def test_adverbs_and_times_begin_with_different_words():
    for phrases in (ADVERBS, TIMES):
        assert len({phrase[0] for phrase in phrases}) == len(phrases)


def test_people_have_a_possessive():
    assert set(PEOPLE.values()) == {"her", "his"}
