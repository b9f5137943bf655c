"""The bench of warm starts: how it cuts texts, and its table."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

import pytest

LINES = [f"line number {number}" for number in range(200)]


@pytest.fixture
def warm_start(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("warm_start")


@pytest.mark.parametrize("kilobytes", [1, 2, 100])
def test_the_parts_of_a_text_never_overlap(warm_start: ModuleType, kilobytes: int) -> None:
    train, test = warm_start.split(LINES, kilobytes)
    assert train == LINES[: len(train)]
    assert test == LINES[len(LINES) - len(test) :]
    assert train
    assert test
    assert len(train) + len(test) <= len(LINES)


def test_the_first_part_is_as_large_as_asked_where_there_is_enough(
    warm_start: ModuleType,
) -> None:
    train, _ = warm_start.split(LINES, 1)
    size = sum(len(line) + 1 for line in train)
    assert 980 < size <= 1000


def test_the_end_measures_whatever_the_size(warm_start: ModuleType) -> None:
    ends = {tuple(warm_start.split(LINES, kilobytes)[1]) for kilobytes in (1, 2, 3)}
    assert len(ends) == 1


def row_of(warm_start: ModuleType, **given: object) -> object:
    row = {
        "text": "talk",
        "kilobytes": 20,
        "model": "nothing",
        "perplexity": 200.0,
        "known": 0.8,
        "top1": 0.1,
        "top3": 0.2,
        "saved": 0.3,
        "seconds": 12.4,
    }
    return warm_start.Row(**(row | given))


def test_the_table_sets_every_model_against_that_from_nothing(warm_start: ModuleType) -> None:
    rows = [row_of(warm_start), row_of(warm_start, model="warm", perplexity=110.0)]
    *_, nothing, warm = warm_start.table(rows).splitlines()
    assert nothing == ("| talk | 20 | nothing | 200.0 | +0% | 80.0% | 10.0% | 20.0% | 30.0% | 12 |")
    assert "| 110.0 | -45% |" in warm


def test_rows_are_read_again_as_they_were_written(warm_start: ModuleType, tmp_path: Path) -> None:
    row = row_of(warm_start)
    path = tmp_path / "rows.jsonl"
    assert warm_start.read_rows(path) == []
    path.write_text(json.dumps(asdict(row)) + "\n", encoding="utf-8")
    assert warm_start.read_rows(path) == [row]
