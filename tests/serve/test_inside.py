"""Forced gates, units and vectors over HTTP are those of the lab."""

import numpy as np
import pytest

from lmkit.core.errors import UsageError
from lmkit.lab.embeddings import word_map
from lmkit.lab.interventions import intervene
from lmkit.results.lab_gates import ForcedGate
from lmkit.serve.inside import (
    analogous_to,
    answer_force,
    answer_nearest,
    answer_unit,
    answer_vectors,
    neighbours_of,
)

SHUT = ForcedGate("forget", 0.0, layer=1)


def test_forced_gates_change_what_comes_next_and_not_the_model(asked, run_strands):
    [found] = run_strands(answer_force(asked, "the cat", [SHUT], 3))
    network, tokenizer = asked.model.archive.network, asked.model.tokenizer
    effect = intervene(network, tokenizer, "the cat", forced=[SHUT], k=3)
    assert [w["word"] for w in found["words"]] == [g.word for g in effect.after]
    assert [w["word"] for w in found["unforced"]] == [g.word for g in effect.before]
    [again] = run_strands(answer_force(asked, "the cat", [], 3))
    assert again["words"] == again["unforced"] == found["unforced"]


def test_a_mean_wants_a_text(asked, run_strands):
    with pytest.raises(UsageError, match="at least one word"):
        run_strands(answer_force(asked, "", [ForcedGate("forget", None)], 3))


def test_a_unit_shows_its_arithmetic(asked, run_strands):
    [found] = run_strands(answer_unit(asked, "the cat", layer=1, unit=2, token=0))
    gate = found["gates"]["forget"]
    total = gate["bias"] + sum(gate["input"]) + sum(gate["recurrent"])
    assert gate["value"] == pytest.approx(1 / (1 + np.exp(-total)), abs=1e-5)


def test_vectors_are_the_map_of_the_lab_in_two_and_three_dimensions(asked, run_strands):
    [found] = run_strands(answer_vectors(asked, 6))
    network, tokenizer = asked.model.archive.network, asked.model.tokenizer
    for name, dimensions in (("two", 2), ("three", 3)):
        expected = word_map(network, tokenizer, count=6, dimensions=dimensions)
        assert found["words"] == list(expected.words)
        points = np.array(found[name]).reshape(-1, dimensions)
        np.testing.assert_allclose(points, expected.points, atol=1e-4)


def test_counts_come_from_the_n_gram_and_are_0_without(asked, words_archive, run_strands):
    [found] = run_strands(answer_vectors(asked, 3))
    is_counted = asked.model.archive is words_archive
    assert all((count > 0) == is_counted for count in found["counts"])


def test_neighbours_and_analogies_are_words_by_similarity(words_archive, asked, run_strands):
    if asked.model.archive is not words_archive:
        pytest.skip("words of this model are several tokens")
    [found] = run_strands(answer_nearest(asked, neighbours_of("cat", 3)))
    similarities = [word["similarity"] for word in found["words"]]
    assert similarities == sorted(similarities, reverse=True)
    assert "cat" not in [word["word"] for word in found["words"]]
    [found] = run_strands(answer_nearest(asked, analogous_to(["cat", "dog", "mat"], 2)))
    assert len(found["words"]) == 2
    with pytest.raises(UsageError, match="not one token"):
        run_strands(answer_nearest(asked, neighbours_of("zyzzyva", 3)))
