"""The map of words: points where they belong, and labels that cover nothing."""

import numpy as np
import pytest

from lmkit.plots.words import LETTER, LINE, place_labels, word_points
from lmkit.results.lab_embeddings import WordMap


def test_words_stand_at_their_points(pyplot) -> None:
    drawn = WordMap(("a", "bee"), ((0.0, 1.0), (2.0, -1.0)), (0.9, 0.1))
    axes = word_points(drawn)(pyplot).axes[0]
    assert axes.collections[0].get_offsets().tolist() == [[0.0, 1.0], [2.0, -1.0]]
    assert [(text.get_text(), tuple(text.xy)) for text in axes.texts] == [
        ("a", (0.0, 1.0)),
        ("bee", (2.0, -1.0)),
    ]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("component 1 (90%)", "component 2 (10%)")


def test_three_dimensions_have_three_axes(pyplot) -> None:
    drawn = WordMap(("a", "b"), ((0.0, 1.0, 2.0), (1.0, 0.0, 1.0)), (0.6, 0.3, 0.1))
    axes = word_points(drawn)(pyplot).axes[0]
    assert axes.get_zlabel() == "component 3 (10%)"
    assert [text.get_text() for text in axes.texts] == ["a", "b"]


def test_labels_of_crowded_points_cover_neither_points_nor_each_other() -> None:
    points = np.array([[0.0, 0.0], [0.0, 0.0], [4.0, 1.0], [9.0, -3.0], [300.0, 0.0]])
    words = ["one", "two", "three", "four", "alone"]
    middles = points + place_labels(points, words)
    for number, (word, middle) in enumerate(zip(words, middles, strict=True)):
        half = np.array((len(word) * 2.2, 4.0))
        assert not (np.abs(points - middle) < half).all(-1).any()
        others = np.delete(middles, number, axis=0)
        assert not (np.abs(others - middle) < 2 * half * (0.5, 1)).all(-1).any()
    assert np.linalg.norm(middles[4] - points[4]) < 20


@pytest.mark.parametrize("seed", range(3))
def test_in_a_loose_crowd_no_two_labels_overlap(seed: int) -> None:
    points = np.random.default_rng(seed).uniform(0, 400, (40, 2))
    words = [f"word{number}" for number in range(40)]
    middles = points + place_labels(points, words)
    half = np.array((LETTER * len(words[-1]) + 3, LINE)) / 2
    for number, middle in enumerate(middles):
        apart = np.abs(np.delete(middles, number, axis=0) - middle)
        assert (apart >= 2 * half - 3).any(-1).all()


def test_a_word_alone_has_its_label_right_beside_it() -> None:
    (move,) = place_labels(np.array([[5.0, 5.0]]), ["a"])
    assert np.abs(move).max() < LETTER + 10


def test_placing_is_the_same_each_time() -> None:
    points = np.random.default_rng(1).uniform(0, 50, (20, 2))
    words = ["w"] * 20
    np.testing.assert_array_equal(place_labels(points, words), place_labels(points, words))
