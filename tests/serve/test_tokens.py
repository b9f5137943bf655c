"""Strands of tokens."""

import pytest

from lmkit.serve.demands import Alone
from lmkit.serve.tokens import (
    detokenize_ids,
    detokenize_strand,
    tokenize_strand,
    tokenize_text,
)


@pytest.mark.parametrize("text", ["", "the cat", "a\nb", "the zyzzyva ,"])
def test_ids_are_those_of_the_tokenizer(asked, run_strands, text):
    tokenizer = asked.model.tokenizer
    plain, opened = run_strands(
        tokenize_strand(asked.model, text, is_opened=False),
        tokenize_strand(asked.model, text, is_opened=True),
    )
    assert plain == tokenizer.encode(text)
    assert opened == [tokenizer.line_end_id, *plain]


def test_ids_read_back_as_the_text(asked, run_strands):
    [ids] = run_strands(tokenize_strand(asked.model, "the cat sat", is_opened=False))
    assert run_strands(detokenize_strand(asked.model, ids)) == ["the cat sat"]


def test_long_texts_wait_for_a_turn(asked):
    assert next(tokenize_strand(asked.model, "the", is_opened=False)) == Alone()
    assert next(detokenize_strand(asked.model, [1, 2, 3])) == Alone()


def test_short_texts_are_read_as_long_ones(asked, run_strands):
    text = "the cat sat"
    [ids] = run_strands(tokenize_strand(asked.model, text, is_opened=True))
    assert tokenize_text(asked.model, text, is_opened=True) == ids
    assert run_strands(detokenize_strand(asked.model, ids)) == [detokenize_ids(asked.model, ids)]
