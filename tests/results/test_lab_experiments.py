"""Gradients by distance, memory tasks and comparisons, and how far they reach."""

import pytest

from lmkit.results.lab_experiments import (
    Comparison,
    ComparisonRow,
    GradientLine,
    GradientReach,
    TaskReach,
    TaskScore,
)


def line(*state: float) -> GradientLine:
    return GradientLine("gru", "gru", False, state, state, None)


@pytest.mark.parametrize(
    ("state", "share", "reach"),
    [
        ((1.0, 0.5, 0.009, 0.5), 0.01, 2),
        ((1.0, 0.5, 0.01), 0.01, 3),
        ((1.0, 0.5, 0.2), 0.6, 1),
        ((1.0,), 0.01, 1),
        ((), 0.01, 0),
    ],
)
def test_a_gradient_reaches_to_the_first_step_with_less_than_a_share(
    state: tuple[float, ...], share: float, reach: int
) -> None:
    assert line(*state).reach(share) == reach


def test_the_reach_is_that_of_all_the_cell_keeps() -> None:
    mixed = GradientLine("lstm", "lstm", True, (1.0, 0.0), (1.0, 1.0), 0.5)
    assert mixed.reach() == 2
    found = GradientReach(1, 4, (mixed,)).to_dict()["lines"][0]
    assert found["hidden"] == (1.0, 0.0)
    assert (found["trained"], found["score"]) == (True, 0.5)


def test_a_task_reaches_the_farthest_distance_learned() -> None:
    scores = [("gru", 5, True), ("gru", 20, False), ("gru", 10, True), ("lstm", 20, True)]
    results = tuple(TaskScore(c, d, float(done), done, (1.0,)) for c, d, done in scores)
    found = TaskReach("copying", 0.9, 0.1, 30, results)
    assert [found.reach(cell) for cell in ("gru", "lstm", "elman")] == [10, 20, 0]


def test_a_comparison_has_the_fields_of_the_page(promised: dict[str, set[str]]) -> None:
    row = ComparisonRow("gru", 9, 8.0, 1.0, (7.0, 9.0), 50.0, 10)
    found = Comparison((1, 2), (row,)).to_dict()
    assert promised["compare"] <= set(found)
    assert {"cell", "parameters", "perplexity", "words_per_second"} <= set(found["cells"][0])
    assert found["seeds"] == (1, 2)
