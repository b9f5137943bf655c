"""Texts written by strands, against `LanguageModel.generate_text`."""

import pytest

from lmkit.inference.generate import GenerateConfig
from lmkit.inference.sampling import SamplingConfig
from lmkit.serve.writing import Writing, write_text


def writing_of(asked, prompt, **settings):
    return Writing(ids=asked.encode(prompt), prompt=prompt, has_hidden_start=True, **settings)


@pytest.mark.parametrize("prompt", ["", "the cat", "the cat ", "a dog\n"])
@pytest.mark.parametrize("stop", [(), ("the",), ("a c", "\n")])
def test_a_text_is_that_of_the_command(asked, lm, run_strands, prompt, stop):
    config = GenerateConfig(words=8, seed=3, stop=stop, sampling=SamplingConfig(top_k=5))
    writing = writing_of(
        asked, prompt, config=config, sampling=config.sampling, seed=3, max_tokens=193
    )
    [delta] = run_strands(write_text(asked.variant(), writing, None))
    assert prompt + delta.text == lm.generate_text(prompt, config).text


def test_pieces_joined_are_the_whole(asked, run_strands):
    config = GenerateConfig(words=10**6, stop=("cat sat",))
    writing = writing_of(asked, "the", config=config, seed=2, max_tokens=40, logprobs=1)
    deltas = []
    [last] = run_strands(write_text(asked.variant(), writing, deltas.append))
    [whole] = run_strands(write_text(asked.variant(), writing, None))
    assert last is deltas[-1]
    assert "".join(delta.text for delta in deltas) == whole.text
    assert [t for delta in deltas for t in delta.table.tokens] == whole.table.tokens
    assert [delta.finish for delta in deltas[:-1]] == [None] * (len(deltas) - 1)
    assert sum(delta.written for delta in deltas) == whole.written
    assert sum(delta.nats for delta in deltas) == pytest.approx(whole.nats)


def test_the_prompt_is_given_back_where_it_is_echoed(asked, run_strands):
    writing = writing_of(asked, "The  cat", echo=True, max_tokens=2, logprobs=1, seed=1)
    [delta] = run_strands(write_text(asked.variant(), writing, None))
    assert delta.text.startswith("The  cat")
    assert delta.written == 2
    assert len(delta.table.tokens) == len(writing.ids) - 1 + 2


def test_a_line_end_of_the_prompt_is_shown_where_it_was_given(asked, run_strands):
    end = asked.model.tokenizer.line_end_id
    writing = Writing(
        ids=(end, 5), prompt="\nx", has_hidden_start=False, echo=True, max_tokens=0, logprobs=1
    )
    [delta] = run_strands(write_text(asked.variant(), writing, None))
    assert delta.table.token_logprobs[0] is None
    assert len(delta.table.tokens) == 2
    assert delta.finish == "length"


def test_an_unknown_word_of_a_prompt_takes_the_place_of_one_token(
    words_archive, asked, run_strands
):
    if asked.model.archive is not words_archive:
        pytest.skip("subwords spell every word")
    writing = writing_of(asked, "the zyzzyva sat", echo=True, max_tokens=0, logprobs=0)
    [delta] = run_strands(write_text(asked.variant(), writing, None))
    assert delta.table.text_offset == [0, 3, 11]


def test_nothing_asked_for_reads_nothing(asked, run_strands):
    [delta] = run_strands(write_text(asked.variant(), writing_of(asked, "a", max_tokens=0), None))
    assert (delta.text, delta.finish, delta.written) == ("", "length", 0)
