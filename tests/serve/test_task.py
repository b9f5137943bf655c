"""Tasks, and the lines that are scored together."""

from collections import deque

import pytest

from lmkit.serve.demands import Score
from lmkit.serve.registry import ServedModel, VariantKey
from lmkit.serve.task import LINES, RunningStrand, Task, scored_together


@pytest.fixture(scope="module")
def variants(words_archive):
    served = ServedModel("m", words_archive)
    return [served.variant(VariantKey(model="m", adapters=names)) for names in ((), ("cache",))]


def waiting(*demands):
    task = Task([iter(()) for _ in demands], lambda _answer: None)
    return deque((RunningStrand(task, number), demand) for number, demand in enumerate(demands))


def numbers(strands):
    return [running.number for running, _ in strands]


def test_a_task_begins_with_no_answers():
    task = Task([iter(()), iter(())], lambda _answer: None)
    assert (task.results, task.left, task.is_over) == ([None, None], 2, False)


def test_nothing_waits_and_nothing_is_scored():
    assert scored_together(deque()) == ([], deque())


def test_lines_of_one_model_are_scored_together_and_those_of_another_wait(variants):
    first, second = variants
    strands = waiting(
        Score(first, ("a",)), Score(second, ("b",)), Score(first, ("c", "d")), Score(second, ("e",))
    )
    group, others = scored_together(strands)
    assert numbers(group) == [0, 2]
    assert numbers(others) == [1, 3]


def test_lines_of_a_document_are_scored_alone(variants):
    document = Score(variants[0], ("a", "b"), context="document")
    group, others = scored_together(waiting(document, Score(variants[0], ("c",)), document))
    assert numbers(group) == [0]
    assert numbers(others) == [1, 2]
    group, others = scored_together(waiting(Score(variants[0], ("c",)), document))
    assert numbers(group) == [0]


def test_lines_are_scored_together_up_to_a_number(variants):
    many = Score(variants[0], ("a",) * (LINES - 1))
    group, others = scored_together(waiting(many, Score(variants[0], ("b", "c")), many))
    assert numbers(group) == [0]
    assert numbers(others) == [1, 2]
    alone, _ = scored_together(waiting(Score(variants[0], ("a",) * (2 * LINES))))
    assert numbers(alone) == [0]  # one strand is never too long
