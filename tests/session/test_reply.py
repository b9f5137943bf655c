from lmkit.results import Generated, Guess, NextWords
from lmkit.session import Reply

WORDS = NextWords("a", (Guess("cat", 0.5),))


def test_empty_fields_are_left_out():
    assert Reply(kind="nothing").to_dict() == {"kind": "nothing"}


def test_what_is_said_and_noted_is_kept_apart():
    reply = Reply(kind="said", text="a", message="done", notice="unknown to the model: b")
    assert reply.to_dict() == {
        "kind": "said",
        "text": "a",
        "message": "done",
        "notice": "unknown to the model: b",
    }


def test_an_answer_and_its_continuation_are_joined():
    answer = Reply(
        kind="continue", text="a", result=WORDS, continuation=Generated("a", "a b", 1, 0.1)
    ).to_dict()
    assert answer["words"] == WORDS.to_dict()["words"]
    assert answer["continuation"] == "a b"


def test_the_second_model_answers_under_its_own_name():
    answer = Reply(
        kind="continue", text="a", result=WORDS, model="one", other="two", other_result=WORDS
    ).to_dict()
    assert answer["model"] == "one"
    assert answer["other"] == {"model": "two", **WORDS.to_dict()}
