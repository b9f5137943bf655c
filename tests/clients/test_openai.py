"""OpenAI's own package against the server, its answers against the library's."""

import asyncio
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("openai", reason="the package openai is not installed")

import openai

from lmkit.interop.lm_eval.writing import Continuation, write_continuations
from lmkit.language_model import LanguageModel

LINE = "the cat sat on the mat ."


@pytest.fixture(scope="module")
def client(server: str) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{server}/v1", api_key="none", max_retries=0) as made:
        yield made


@pytest.fixture(scope="module")
def name(client: openai.OpenAI) -> str:
    (served,) = client.models.list().data
    return served.id


def nats(model: LanguageModel, line: str) -> float:
    return -model.score(line).bits * math.log(2)


def test_the_model_has_the_name_of_its_folder(
    client: openai.OpenAI, name: str, model_folder: Path
) -> None:
    assert name == model_folder.name
    assert client.models.retrieve(name).id == name


def test_the_most_probable_text_is_that_of_the_library(
    client: openai.OpenAI, name: str, model: LanguageModel
) -> None:
    reader = model._reader
    asked = [Continuation(prompt="the cat", max_tokens=8)]
    (expected,) = write_continuations(reader.forward, reader.vocabulary, asked, rows=1)
    found = client.completions.create(model=name, prompt="the cat", max_tokens=8, temperature=0)
    assert found.object == "text_completion"
    assert found.choices[0].text == expected
    assert found.choices[0].finish_reason == "length"
    assert found.usage is not None
    assert (found.usage.prompt_tokens, found.usage.completion_tokens) == (2, 8)


def test_echoed_log_probabilities_sum_to_the_score(
    client: openai.OpenAI, name: str, model: LanguageModel
) -> None:
    found = client.completions.create(model=name, prompt=LINE, max_tokens=0, echo=True, logprobs=1)
    logprobs = found.choices[0].logprobs
    assert logprobs is not None
    assert logprobs.token_logprobs is not None
    assert sum(logprobs.token_logprobs) == pytest.approx(nats(model, LINE), abs=1e-4)
    assert found.choices[0].text == LINE


def test_tokens_stand_where_their_offsets_say(client: openai.OpenAI, name: str) -> None:
    found = client.completions.create(
        model=name, prompt=LINE, max_tokens=6, echo=True, logprobs=3, seed=1
    )
    (choice,) = found.choices
    assert choice.logprobs is not None
    tokens, offsets = choice.logprobs.tokens, choice.logprobs.text_offset
    tops, own = choice.logprobs.top_logprobs, choice.logprobs.token_logprobs
    assert tokens
    assert offsets
    assert tops
    assert own
    assert offsets == sorted(offsets)
    for token, offset in zip(tokens, offsets, strict=True):
        assert choice.text[offset:].lstrip(" ").startswith(token.lstrip(" "))
    for token, value, top in zip(tokens, own, tops, strict=True):
        assert len(top) in (3, 4)
        assert top.get(token, value) == value
        assert max(top.values()) >= value


def test_ids_that_begin_with_the_line_end_have_no_first_log_probability(
    client: openai.OpenAI, name: str, model: LanguageModel
) -> None:
    ids = model.tokenizer.encode(LINE)
    found = client.completions.create(
        model=name,
        prompt=[[model.tokenizer.line_end_id, *ids], ids],
        max_tokens=1,
        echo=True,
        logprobs=1,
        temperature=0,
    )
    begun, plain = (choice.logprobs for choice in found.choices)
    assert begun is not None
    assert plain is not None
    assert begun.token_logprobs is not None
    assert plain.token_logprobs is not None
    assert begun.token_logprobs[0] is None
    assert len(begun.token_logprobs) == len(ids) + 2
    assert begun.token_logprobs[1:] == pytest.approx(plain.token_logprobs, abs=1e-5)
    assert sum(begun.token_logprobs[1:-1]) == pytest.approx(nats(model, LINE), abs=1e-4)


def test_a_streamed_text_is_the_whole_text(client: openai.OpenAI, name: str) -> None:
    settings = {"model": name, "prompt": "the dog", "max_tokens": 12, "seed": 7}
    whole = client.completions.create(**settings)
    parts = list(
        client.completions.create(**settings, stream=True, stream_options={"include_usage": True})
    )
    choices = [part.choices[0] for part in parts if part.choices]
    assert len(choices) > 2
    assert "".join(choice.text for choice in choices) == whole.choices[0].text
    assert choices[-1].finish_reason == whole.choices[0].finish_reason
    assert not parts[-1].choices
    assert parts[-1].usage == whole.usage
    assert len({part.id for part in parts}) == 1


def test_several_texts_differ_and_the_first_is_that_of_the_seed(
    client: openai.OpenAI, name: str
) -> None:
    settings = {"model": name, "prompt": "the", "max_tokens": 10, "seed": 3}
    one = client.completions.create(**settings)
    three = client.completions.create(**settings, n=3)
    assert [choice.index for choice in three.choices] == [0, 1, 2]
    assert three.choices[0].text == one.choices[0].text
    assert len({choice.text for choice in three.choices}) > 1


def test_the_best_of_several_texts_is_the_most_probable(client: openai.OpenAI, name: str) -> None:
    settings = {"model": name, "prompt": "the", "max_tokens": 6, "seed": 3, "logprobs": 0}
    drawn = client.completions.create(**settings, n=5)
    best = client.completions.create(**settings, n=1, best_of=5)

    def mean(choice: object) -> float:
        values = choice.logprobs.token_logprobs  # type: ignore[attr-defined]
        return sum(values) / len(values)

    assert mean(best.choices[0]) == pytest.approx(max(map(mean, drawn.choices)), abs=1e-5)


def test_several_prompts_are_answered_in_their_order(client: openai.OpenAI, name: str) -> None:
    prompts = ["the cat", "a dog saw", "the"]
    settings = {"model": name, "max_tokens": 5, "temperature": 0}
    together = client.completions.create(prompt=prompts, **settings)
    alone = [client.completions.create(prompt=one, **settings).choices[0].text for one in prompts]
    assert [choice.text for choice in together.choices] == alone


def test_a_stop_text_ends_the_answer_before_it(client: openai.OpenAI, name: str) -> None:
    settings = {"model": name, "prompt": "the cat", "max_tokens": 20, "temperature": 0}
    whole = client.completions.create(**settings).choices[0].text
    stopped = client.completions.create(**settings, stop=["mat", "zebra"]).choices[0]
    assert "mat" in whole
    assert stopped.text == whole.partition("mat")[0]
    assert stopped.finish_reason == "stop"


def test_a_seed_writes_the_same_alone_and_among_others(server: str, name: str) -> None:
    async def ask() -> tuple[list[str], list[str]]:
        url = f"{server}/v1"
        async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:

            async def text(seed: int) -> str:
                answer = await client.completions.create(
                    model=name, prompt="the", max_tokens=10, seed=seed
                )
                return answer.choices[0].text

            together = await asyncio.gather(*map(text, range(16)))
            return list(together), [await text(seed) for seed in range(16)]

    together, alone = asyncio.run(ask())
    assert together == alone


def test_fields_of_lmkit_go_beside(client: openai.OpenAI, name: str) -> None:
    settings = {"model": name, "prompt": "the cat", "max_tokens": 8, "seed": 2}
    best = client.completions.create(**settings, temperature=0)
    narrow = client.completions.create(**settings, extra_body={"top_k": 1})
    alone = client.completions.create(**settings, extra_body={"adapters": []}, logprobs=0)
    assert narrow.choices[0].text == best.choices[0].text
    assert alone.choices[0].logprobs is not None


@pytest.mark.parametrize(
    ("settings", "param"),
    [
        ({"temperature": -1}, "temperature"),
        ({"max_tokens": 10**9}, "max_tokens"),
        ({"logprobs": 21}, "logprobs"),
        ({"n": 3, "best_of": 2}, "best_of"),
        ({"presence_penalty": 1.0}, "presence_penalty"),
        ({"suffix": "x"}, "suffix"),
        ({"extra_body": {"wings": 2}}, "wings"),
    ],
)
def test_a_field_that_cannot_be_honoured_is_refused_by_name(
    client: openai.OpenAI, name: str, settings: dict[str, object], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.completions.create(model=name, prompt="the", **settings)  # type: ignore[call-overload]
    assert refused.value.param == param
    assert param in refused.value.message


def test_an_unknown_model_is_not_found(client: openai.OpenAI, name: str) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        client.completions.create(model="../../etc/passwd", prompt="the")
    assert refused.value.code == "model_not_found"
    assert name in refused.value.message
    assert "passwd" not in refused.value.message


def test_a_wrong_key_is_refused_and_the_right_one_taken(locked_server: str, key: str) -> None:
    url = f"{locked_server}/v1"
    with (
        openai.OpenAI(base_url=url, api_key="wrong", max_retries=0) as stranger,
        pytest.raises(openai.AuthenticationError) as refused,
    ):
        stranger.models.list()
    assert refused.value.code == "invalid_api_key"
    with openai.OpenAI(base_url=url, api_key=key, max_retries=0) as friend:
        assert friend.models.list().data
