"""Bodies of questions."""

import pytest
from pydantic import ValidationError

from lmkit.serve.schemas.ask import CompleteBody, FillBody, NextBody, ScoreBody


def test_what_is_left_out_is_as_in_the_command():
    assert (NextBody().text, NextBody().k) == ("", 5)
    assert (CompleteBody(text="a").k, FillBody(text="___").k) == (5, 5)
    assert ScoreBody(text="a").context == "line"


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (NextBody, {"k": 0}),
        (NextBody, {"of": []}),
        (NextBody, {"of": [""]}),
        (CompleteBody, {}),
        (FillBody, {}),
        (FillBody, {"text": "___", "choices": []}),
        (FillBody, {"text": "___", "choices": [""]}),
        (FillBody, {"text": "___", "direction": "backward"}),
        (FillBody, {"text": "___", "words": 1.5}),
        (ScoreBody, {"text": 5}),
        (ScoreBody, {"text": ["a", 5]}),
        (ScoreBody, {"text": "a", "expected": -1}),
    ],
)
def test_bodies_of_other_shapes_are_refused(body, fields):
    with pytest.raises(ValidationError):
        body(**fields)
