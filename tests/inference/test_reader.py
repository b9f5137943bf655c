"""A reader answers from its models, its earlier lines, and known variants of unknown words."""

from dataclasses import replace

import pytest

from lmkit.core.errors import UsageError
from lmkit.data.typed_text import TypedText
from lmkit.inference.beam import BeamConfig, best_endings
from lmkit.inference.personal import PersonalText
from lmkit.inference.reader import Reader
from lmkit.models.directions import Directions


@pytest.fixture
def reader(world):
    return Reader(vocabulary=world.vocabulary, trained=Directions(forward=world.model))


def test_an_unknown_word_is_read_as_its_known_variant(reader):
    assert reader.next_words("THE Cat", k=5) == reader.next_words("the cat", k=5)
    assert reader.next_words("the zebra", k=5) != reader.next_words("the cat", k=5)


def test_the_words_before_a_begun_one_are_read_as_their_variants(reader):
    assert reader.complete("The Cat s", k=3) == reader.complete("the cat s", k=3)


def test_a_text_that_ends_between_words_is_carried_on(reader):
    assert reader.complete("the cat ", k=3) == reader.next_words("the cat ", k=3)


def test_lines_read_before_change_the_answer_and_leave_the_reader(reader):
    before = reader.next_words("", k=5)
    after = reader.after(["a dog saw"])
    assert after.next_words("", k=5) != before
    assert reader.next_words("", k=5) == before


def test_lines_read_one_by_one_are_lines_read_together(reader):
    together = reader.after(["a dog", "the cat"])
    one_by_one = reader.after(["a dog"]).after(["the cat"])
    assert together.next_words("", k=4) == one_by_one.next_words("", k=4)


def test_a_backward_model_has_no_next_words(world):
    backward = Reader(vocabulary=world.vocabulary, trained=Directions(backward=world.backward))
    assert backward.after(["the cat"]) is backward
    assert backward.directions.forward is None
    with pytest.raises(UsageError, match="backward"):
        backward.next_words("the", k=1)


def test_the_endings_of_a_line_follow_the_text_as_it_is_read(reader):
    config = BeamConfig(width=2, tokens=4)
    slow = best_endings(reader.forward, reader.vocabulary, reader.read("the cat"), config=config)
    assert reader.best_endings("THE Cat", config) == slow


def test_a_text_is_learnt_into_the_file_of_typed_text_alone(reader, tmp_path):
    with pytest.raises(UsageError, match="no file to store text in"):
        reader.learn("the cat sat")
    file = TypedText(tmp_path / "typed.txt")
    learning = replace(reader, personal=PersonalText(file, reader.vocabulary))
    assert learning.learn("the cat sat") == 1
    assert file.lines() == ["the cat sat"]


def test_no_words_are_refused(reader):
    for text in ("the", "the c"):
        with pytest.raises(UsageError, match="at least 1"):
            reader.complete(text, k=0)


def test_a_file_of_typed_text_counts_and_can_be_left_out_again(reader, tmp_path):
    file = tmp_path / "typed.txt"
    file.write_text("the zebra\n" * 9, encoding="utf-8")
    personal = reader.with_personal(file)
    assert "zebra" in [guess.word for guess in personal.next_words("the", k=5)]
    assert personal.with_personal(None) == reader
