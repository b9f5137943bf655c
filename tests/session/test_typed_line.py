import pytest

from lmkit.results import Score
from lmkit.session.typed_line import answer_line, is_prose, no_answer


def test_a_question_mark_asks_for_surprisal(session):
    reply = session.handle("?the cat sat")
    assert reply.kind == "score"
    assert isinstance(reply.result, Score)
    assert [word.word for word in reply.result.words] == ["the", "cat", "sat"]


def test_a_number_without_answers_is_text(session):
    assert session.handle("7").kind in ("continue", "complete")


def test_a_number_too_high_is_mended_with_words(session):
    session.handle("the ___ sat")
    reply = session.handle("99")
    assert reply.kind == "error"
    assert "pick 1 to 5" in reply.message


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        *((" ", "nothing"), ("/top", "said"), ("/quit", "left"), ("the ___ sat", "fill")),
        *(("?the cat", "score"), ("the cat sa", "complete"), ("the cat sat", "continue")),
    ],
)
def test_the_line_decides_what_is_answered(session, line, kind):
    assert answer_line(session, line).kind == kind


def test_a_number_before_any_answer_has_nothing_to_pick(session):
    assert session.handle("/pick 2") == no_answer(2, 0)
    assert "no answers to pick yet" in no_answer(2, 0).message


@pytest.mark.parametrize("text", ["", " ", "/top", "?the", "the ___", "the\ncat"])
def test_what_is_no_prose_is_not_continued_while_it_is_typed(text):
    assert not is_prose(text)


def test_a_question_or_a_slash_inside_a_text_is_prose():
    assert is_prose("is it either/or? the")
