"""The tokens of the reference recipe that can be checked without training it."""

import math
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import torch


@pytest.fixture
def recipe(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("reference_recipe")


def test_words_stand_between_white_space_and_each_line_ends_in_one_more(
    recipe: ModuleType, tmp_path: Path
) -> None:
    train, valid = tmp_path / "train.txt", tmp_path / "valid.txt"
    train.write_text(" a b\n b <unk>\n", encoding="utf-8")
    valid.write_text("b z\n", encoding="utf-8")
    learnt, measured, vocab_size = recipe.word_ids(train, valid)
    assert vocab_size == 4
    assert learnt.tolist() == [2, 3, 0, 3, 1, 0]
    assert measured.tolist() == [3, 1, 0]


def test_streams_stand_side_by_side_and_drop_what_is_left_over(recipe: ModuleType) -> None:
    assert recipe.streams(torch.arange(7), 2).tolist() == [[0, 3], [1, 4], [2, 5]]


def test_an_even_model_has_the_perplexity_of_its_vocabulary(recipe: ModuleType) -> None:
    model = recipe.ReferenceModel(11, hidden=4)
    torch.nn.init.zeros_(model.embedding.weight)
    found = recipe.validate(model, recipe.streams(torch.arange(80) % 11, 2))
    assert math.isclose(found, 11.0, rel_tol=1e-5)


def test_a_tiny_run_yields_a_curve_inside_its_first_epoch(
    recipe: ModuleType, tmp_path: Path
) -> None:
    text = tmp_path / "text.txt"
    text.write_text("the dog ran to the cat\n" * 400, encoding="utf-8")
    points = list(recipe.run(text, text, minutes=0.002, every=0.01, hidden=4))
    assert points[-1].minutes >= 0.002
    words = [point.words for point in points]
    assert words == sorted(words)
    assert len(words) > 1
