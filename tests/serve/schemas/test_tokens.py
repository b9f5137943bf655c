"""Bodies of tokens."""

import pytest
from pydantic import ValidationError

from lmkit.serve.schemas.tokens import DetokenizeBody, TokenizeBody


def test_no_line_end_is_added_unless_asked_for():
    assert not TokenizeBody(prompt="a").add_special_tokens


@pytest.mark.parametrize("tokens", ["1", [1.5], [True], ["1"], None])
def test_ids_are_whole_numbers(tokens):
    with pytest.raises(ValidationError):
        DetokenizeBody(tokens=tokens)
