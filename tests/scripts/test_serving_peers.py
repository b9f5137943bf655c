"""The comparison of servers: what an answer is worth, and the table."""

import json
from collections.abc import Callable
from types import ModuleType

import pytest


@pytest.fixture
def peers(bench: Callable[[str], ModuleType]) -> ModuleType:
    return bench("serving_peers")


def checked(peers: ModuleType, row: str, *choices: dict[str, object]) -> str:
    (question,) = (one for one in peers.questions("m") if one.name == row)
    return question.check(json.dumps({"choices": choices}))


def test_what_was_asked_for_and_is_not_there_was_ignored(peers: ModuleType) -> None:
    plain = {"text": "dogs", "logprobs": None}
    echoed = {"text": f"{peers.TEXT} dogs", "logprobs": None}
    full = {**echoed, "logprobs": {"token_logprobs": [None, -1.0, -2.0, -3.0]}}
    assert checked(peers, "completion", plain) == "yes"
    assert checked(peers, "`logprobs` 1", plain) == "ignored"
    assert checked(peers, "`echo`", plain) == "ignored"
    assert checked(peers, "`echo`", echoed) == "yes"
    assert checked(peers, "`echo`, `logprobs` 1", plain) == "ignored"
    assert checked(peers, "`echo`, `logprobs` 1", echoed) == "no log-probabilities"
    assert checked(peers, "`echo`, `logprobs` 1", full) == "yes"


def test_two_texts_are_two_choices(peers: ModuleType) -> None:
    assert checked(peers, "`n` 2", {"text": "a"}) == "one text"
    assert checked(peers, "two prompts", {"text": "a"}, {"text": "b"}) == "yes"


def test_a_stream_ends_with_its_mark(peers: ModuleType) -> None:
    (question,) = (one for one in peers.questions("m") if one.name == "streamed")
    assert question.check("data: {}\n\ndata: [DONE]\n\n") == "yes"
    assert question.check("data: {}\n\n") == "no end"


def test_the_table_has_a_column_for_each_server(peers: ModuleType) -> None:
    shown = peers.table({"a": {"x": "yes", "y": "no"}, "b": {"x": "ignored", "y": "yes"}})
    assert shown.splitlines() == [
        "|  | a | b |",
        "| --- | --- | --- |",
        "| x | yes | ignored |",
        "| y | no | yes |",
    ]
