"""Filling against brute force: every word of the vocabulary put in and the whole line scored."""

import itertools
import math

import numpy as np
import pytest

from lmkit.core.errors import UsageError
from lmkit.inference.fill import fill
from lmkit.inference.fill.config import FillConfig
from lmkit.inference.fill.fill import fill_text
from lmkit.inference.vocabulary import Place
from lmkit.models.directions import Directions
from lmkit.text.blanks import parse_blanks


def _words(world, place=Place.SPACED):
    vocabulary = world.vocabulary
    usable = vocabulary.starting(place) & ~vocabulary.punctuation
    return [vocabulary.words[n] for n in np.flatnonzero(usable)]


def _brute_force(world, text, words, log_prob=None):
    template = parse_blanks(text)
    ways = list(itertools.product(words, repeat=len(template.blanks)))
    scores = [(log_prob or world.log_prob)(template.fill(way)) for way in ways]
    total = math.log(sum(math.exp(score) for score in scores))
    ranked = sorted(zip(scores, ways, strict=True), key=lambda item: (-item[0], item[1]))
    return [(way, math.exp(score - total)) for score, way in ranked]


@pytest.mark.parametrize(
    "text",
    ["the ___ sat on", "___ cat sat", "the old ___", "a ___ , and the ___ sat", "___", "___ ___"],
)
def test_exact_filling_is_brute_force(world, text):
    filling = fill_text(
        Directions(forward=world.model), world.vocabulary, text, FillConfig(exact=True)
    )
    expected = _brute_force(world, text, _words(world))
    assert filling.exact
    assert filling.candidates == len(expected)
    assert [filled.words for filled in filling.fillings] == [way for way, _ in expected[:5]]
    found = [filled.probability for filled in filling.fillings]
    assert found == pytest.approx([share for _, share in expected[:5]], rel=1e-4)


@pytest.mark.parametrize("text", ["the ___ sat on", "___ sat", "the old ___"])
def test_exact_filling_with_one_or_two_words_is_brute_force(world, text):
    filling = fill_text(
        Directions(forward=world.model),
        world.vocabulary,
        text,
        FillConfig(exact=True, words=(1, 2)),
    )
    begins = _words(world, Place.LINE_START if text.startswith("___") else Place.SPACED)
    pairs = [f"{one} {two}" for one in begins for two in _words(world)]
    expected = _brute_force(world, text, [*begins, *pairs])
    assert filling.exact
    assert filling.candidates == len(expected)
    assert [filled.words for filled in filling.fillings] == [way for way, _ in expected[:5]]
    found = [filled.probability for filled in filling.fillings]
    assert found == pytest.approx([share for _, share in expected[:5]], rel=1e-4)


def test_more_runs_of_words_than_can_be_read_are_searched(world):
    config = FillConfig(exact=True, words=(1, 2), whole=50)
    filling = fill_text(Directions(forward=world.model), world.vocabulary, "the ___ sat", config)
    assert filling.fillings
    assert not filling.exact


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_both_sides_are_weighed(world, weight):
    directions = Directions(forward=world.model, backward=world.backward, weight=weight)
    text = "the ___ sat on"
    filling = fill_text(directions, world.vocabulary, text, FillConfig(exact=True))

    def both(filled):
        forward, backward = world.log_prob(filled), world.backward_log_prob(filled)
        return (1 - weight) * forward + weight * backward

    expected = _brute_force(world, text, _words(world), both)
    assert [filled.words for filled in filling.fillings] == [way for way, _ in expected[:5]]
    assert filling.fillings[0].probability == pytest.approx(expected[0][1], rel=1e-4)


def test_a_backward_model_alone_fills(world):
    filling = fill_text(
        Directions(backward=world.backward), world.vocabulary, "a ___ sat", FillConfig(exact=True)
    )
    expected = _brute_force(world, "a ___ sat", _words(world), world.backward_log_prob)
    assert [filled.words for filled in filling.fillings] == [way for way, _ in expected[:5]]


def test_choices_of_several_words_are_scored_as_whole_lines(any_world):
    choices = ("cat", "old dog", "dog")
    text = "the ___ sat on the mat"
    filling = fill_text(
        Directions(forward=any_world.model), any_world.vocabulary, text, FillConfig(choices=choices)
    )
    expected = _brute_force(any_world, text, choices)
    assert filling.exact
    assert filling.candidates == 3
    assert [filled.words for filled in filling.fillings] == [way for way, _ in expected]
    found = [filled.probability for filled in filling.fillings]
    assert found == pytest.approx([share for _, share in expected], rel=1e-3)


def test_fillings_are_as_probable_as_their_scores_say(any_world):
    filling = fill_text(
        Directions(forward=any_world.model), any_world.vocabulary, "the ___ sat .", FillConfig(k=4)
    )
    scores = [any_world.log_prob(filled.text) for filled in filling.fillings]
    ratios = [math.exp(score - scores[0]) for score in scores]
    found = [f.probability / filling.fillings[0].probability for f in filling.fillings]
    assert found == pytest.approx(ratios, rel=1e-3)


def test_a_wide_shortlist_agrees_with_exact(world):
    directions = Directions(forward=world.model)
    text = "the ___ sat on the mat"
    quick = fill_text(directions, world.vocabulary, text, FillConfig(few=0))
    exact = fill_text(directions, world.vocabulary, text, FillConfig(exact=True))
    assert quick.fillings == exact.fillings
    narrow = fill_text(directions, world.vocabulary, text, FillConfig(few=0, k=2, rounds=((1, 5),)))
    assert not narrow.exact


@pytest.mark.parametrize("text", ["the ___ sat on the mat", "a d___ sat", "a ___ saw ___ dog"])
def test_a_shortlist_of_all_words_is_exact(world, text):
    directions = Directions(forward=world.model)
    exact = fill_text(directions, world.vocabulary, text, FillConfig(exact=True, k=3))
    quick = fill_text(directions, world.vocabulary, text, FillConfig(few=500, k=3))
    assert quick.exact
    assert quick == exact


def test_a_beginning_is_kept(any_world):
    filling = fill_text(
        Directions(forward=any_world.model), any_world.vocabulary, "the do___ sat", FillConfig()
    )
    assert filling.fillings
    assert all(filled.words[0].startswith("do") for filled in filling.fillings)
    assert all(filled.text == f"the {filled.words[0]} sat" for filled in filling.fillings)


@pytest.mark.parametrize("text", ["the ___ sat on the mat", "the d___ sat"])
def test_no_known_word_fits_better_than_those_shown(any_world, text):
    directions = Directions(forward=any_world.model)
    found = fill_text(directions, any_world.vocabulary, text, FillConfig(k=5)).fillings
    template = parse_blanks(text)
    fits = [word for word in any_world.words if word.startswith(template.blanks[0].prefix)]
    left_out = set(fits) - {filled.words[0] for filled in found}
    least = min(any_world.log_prob(filled.text) for filled in found)
    assert all(any_world.log_prob(template.fill([word])) <= least + 1e-6 for word in left_out)


def test_a_beginning_that_no_word_has_fits_nothing(world):
    filling = fill_text(
        Directions(forward=world.model), world.vocabulary, "the xyzzy___ sat", FillConfig()
    )
    assert filling.fillings == ()


def test_words_to_avoid_are_not_offered(world):
    directions = Directions(forward=world.model)
    best = (
        fill_text(directions, world.vocabulary, "the ___ sat", FillConfig(k=1)).fillings[0].words[0]
    )
    config = FillConfig(k=100, avoid=frozenset([best.upper()]))
    others = fill_text(directions, world.vocabulary, "the ___ sat", config).fillings
    assert best not in [filled.words[0] for filled in others]


def test_a_blank_takes_as_many_words_as_it_is_given(world):
    directions = Directions(forward=world.model)
    config = FillConfig(k=1000, words=(2, 3))
    found = fill_text(directions, world.vocabulary, "the ___ sat", config).fillings
    assert {len(filled.words[0].split()) for filled in found} == {2, 3}
    lengths = {
        len(filled.words[0].split())
        for filled in fill_text(
            directions, world.vocabulary, "the ____+ sat", FillConfig(k=1000)
        ).fillings
    }
    assert 1 in lengths


def test_marks_around_a_blank_stay_where_they_are(any_world):
    text = "the ___, and (___) ."
    filling = fill_text(
        Directions(forward=any_world.model), any_world.vocabulary, text, FillConfig(k=1)
    )
    first, second = filling.fillings[0].words
    assert filling.fillings[0].text == f"the {first}, and ({second}) ."


def test_a_text_of_several_lines_is_filled(any_world):
    text = "the cat sat\nthe ___ sat\na dog"
    filling = fill_text(
        Directions(forward=any_world.model), any_world.vocabulary, text, FillConfig(k=1)
    )
    assert filling.fillings[0].text.count("\n") == 2


def test_a_text_without_a_blank_is_refused(world):
    with pytest.raises(UsageError, match="blank"):
        fill_text(Directions(forward=world.model), world.vocabulary, "the cat", FillConfig())


@pytest.mark.parametrize(
    "text", ["the ____+ of the ____+ and", "____+ ____+ ____+", "____+ ___ ____+"]
)
def test_blanks_of_several_words_take_a_bounded_number_of_searches(any_world, monkeypatch, text):
    from lmkit.inference.fill import candidates

    searches = []
    search = candidates.search_words

    def counted(*arguments):
        searches.append(arguments)
        return search(*arguments)

    monkeypatch.setattr(candidates, "search_words", counted)
    config = FillConfig(k=2)
    filling = fill_text(Directions(forward=any_world.model), any_world.vocabulary, text, config)
    assert filling.fillings
    assert len(searches) <= text.count("___") * (config.searches + config.beam)


def test_a_blank_within_a_word_is_never_empty(any_world):
    found = fill_text(
        Directions(forward=any_world.model), any_world.vocabulary, "the c___t sat", FillConfig()
    )
    assert all(len(filled.words[0]) > 1 for filled in found.fillings)


def test_an_unknown_word_is_read_as_its_known_variant_and_written_as_given(world):
    directions = Directions(forward=world.model)
    plain = fill_text(directions, world.vocabulary, "the cat ___ on", FillConfig())
    found = fill_text(directions, world.vocabulary, "THE Cat ___ on", FillConfig())
    assert [filled.words for filled in found.fillings] == [
        filled.words for filled in plain.fillings
    ]
    assert all(filled.text.startswith("THE Cat ") for filled in found.fillings)


def test_a_run_of_underscores_is_no_filling(make_world):
    for unit in ("word", "bpe", "char"):
        world = make_world(unit, lines=["the ____ cat sat ____ on", "____ the ____ dog"] * 5)
        found = fill_text(
            Directions(forward=world.model), world.vocabulary, "the ___ sat", FillConfig(k=50)
        )
        assert found.fillings
        assert not [filled for filled in found.fillings if "___" in filled.words[0]]


class _CountingModel:
    """A model that counts the tokens it reads."""

    def __init__(self, model):
        self._model = model
        self.vocab_size = model.vocab_size
        self.tokens = 0

    def __getattr__(self, name):
        return getattr(self._model, name)

    def read(self, ids, state):
        self.tokens += ids.numel()
        return self._model.read(ids, state)


def test_a_long_right_hand_side_is_read_with_the_best_candidates_alone(world):
    text = "the ___ sat" + " on the mat , and a cat saw the dog" * 60
    counting = _CountingModel(world.model)
    filling = fill_text(Directions(forward=counting), world.vocabulary, text, FillConfig(k=3))
    every = fill_text(
        Directions(forward=world.model), world.vocabulary, text, FillConfig(exact=True)
    )
    least = FillConfig(k=3, most_read=2000)
    few = fill_text(Directions(forward=counting), world.vocabulary, text, least)
    best = [filled.words for filled in every.fillings[:3]]
    assert [filled.words for filled in filling.fillings] == best
    assert [filled.words for filled in few.fillings] == best
    assert few.candidates == 3
    assert not few.exact
    before = counting.tokens
    fill_text(Directions(forward=counting), world.vocabulary, text, least)
    assert counting.tokens - before < 4 * 600 + len(world.vocabulary) * 60


def test_choices_are_all_read_however_long_the_text(world):
    text = "the ___ sat" + " on the mat , and a cat saw the dog" * 60
    config = FillConfig(choices=("cat", "dog", "mat"), most_read=10)
    filling = fill_text(Directions(forward=world.model), world.vocabulary, text, config)
    assert filling.exact
    assert filling.candidates == 3


@pytest.mark.parametrize(
    "text", ["the ___ sat {far}on the ___", "the ___ {far}cat ___ on {far}a ___"]
)
def test_blanks_far_apart_are_filled_one_after_another(world, text):
    far = "and the cat sat on the mat " * 20
    directions = Directions(forward=world.model, backward=world.backward)
    config = FillConfig(k=3)
    whole = text.format(far=far)
    filling = fill_text(directions, world.vocabulary, whole, config)
    first, rest = whole.split("___", 1)
    alone = fill_text(directions, world.vocabulary, f"{first}___{rest.split('___')[0]}", config)
    assert filling.fillings[0].words[0] == alone.fillings[0].words[0]
    assert not filling.exact
    probabilities = [filled.probability for filled in filling.fillings]
    assert probabilities == sorted(probabilities, reverse=True)
    assert probabilities[0] <= alone.fillings[0].probability + 1e-6


def test_blanks_far_apart_are_read_with_few_tokens(world):
    far = "and the cat sat on the mat " * 100
    counting = _CountingModel(world.model)
    filling = fill_text(
        Directions(forward=counting), world.vocabulary, f"the ___ {far}____+ {far}___", FillConfig()
    )
    assert filling.fillings
    assert counting.tokens < 30 * len(far.split())


def test_a_group_without_a_fitting_word_leaves_no_filling(world):
    far = "and the cat sat on the mat " * 20
    text = f"the zzz___ sat {far}on the ___"
    filling = fill_text(Directions(forward=world.model), world.vocabulary, text, FillConfig())
    assert filling.fillings == ()
    assert filling.candidates == 0


@pytest.mark.parametrize(
    ("text", "bounds", "expected"),
    [
        ("the ___ sat on the ___ , and the ___ ran", {}, [[0, 1, 2]]),
        ("the ___ sat " + "the old cat sat " * 30 + "on a ___ , and ___ sat", {}, [[0], [1, 2]]),
        ("___ the cat " * 6, {"span": 7}, [[0, 1, 2], [3, 4, 5]]),
        ("___ " * 5, {"together": 2}, [[0, 1], [2, 3], [4]]),
        ("___", {"together": 1}, [[0]]),
    ],
)
def test_blanks_near_each_other_make_a_group(world, text, bounds, expected):
    config = FillConfig(**bounds)
    groups = fill._groups_of_blanks(world.vocabulary.tokenizer, parse_blanks(text), config)
    assert [list(group) for group in groups] == expected


def test_the_best_of_all_groups_are_those_of_all_combinations():
    first = [(("a",), -1.0), (("b",), -2.0), (("c",), -2.5)]
    second = [(("d", "e"), 3.0), (("f", "g"), 2.9)]
    third = [(("h",), 0.0)]
    every = [
        (one + two + three, math.exp(p + q + r))
        for (one, p), (two, q), (three, r) in itertools.product(first, second, third)
    ]
    total = sum(weight for _, weight in every)
    expected = sorted(every, key=lambda item: -item[1])[:4]
    found = fill._best_together([first, second, third], 4)
    assert [words for words, _ in found] == [words for words, _ in expected]
    probabilities = [math.exp(score) for _, score in found]
    assert probabilities == pytest.approx([weight / total for _, weight in expected])
