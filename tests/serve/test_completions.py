"""Completions as OpenAI's clients know them."""

import json
import math

import pytest
from starlette.testclient import TestClient

from lmkit.language_model import LanguageModel
from lmkit.serve.app import create_app
from lmkit.serve.options import Limits, ServeOptions

LN2 = math.log(2)


def events_of(lines):
    """Return the parts of a stream, which ends with [DONE]."""
    said = [line.removeprefix("data: ") for line in lines if line]
    assert said.pop() == "[DONE]"
    return [json.loads(line) for line in said]


def complete(client, **body):
    answer = client.post("/v1/completions", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(client, **body):
    answer = client.post("/v1/completions", json=body)
    assert answer.status_code == 400, answer.text
    return answer.json()["error"]


def test_the_answer_has_the_fields_of_openai(client):
    found = complete(client, prompt="the cat", max_tokens=3, seed=1)
    assert found["object"] == "text_completion"
    assert found["id"].startswith("cmpl-")
    assert found["model"] == "words"
    assert found["choices"][0]["finish_reason"] == "length"
    assert found["choices"][0]["logprobs"] is None
    assert found["usage"] == {"prompt_tokens": 2, "completion_tokens": 3, "total_tokens": 5}


def test_echoed_log_probabilities_sum_to_the_score(client, name, direct):
    prompts = ["the cat sat", "a dog saw the cat on the mat", "an apple", "The zyzzyva"]
    found = complete(client, model=name, prompt=prompts, max_tokens=0, echo=True, logprobs=1)
    for prompt, choice in zip(prompts, found["choices"], strict=True):
        total = math.fsum(choice["logprobs"]["token_logprobs"])
        assert -total / LN2 == pytest.approx(direct.score(prompt).bits, abs=1e-4)
        assert choice["text"] == prompt
        assert choice["finish_reason"] == "length"


def test_the_sum_is_that_of_the_network_alone_where_it_is_asked_alone(client, name, alone):
    found = complete(
        client, model=name, prompt="the cat sat", max_tokens=0, echo=True, logprobs=0, alone=True
    )
    total = math.fsum(found["choices"][0]["logprobs"]["token_logprobs"])
    assert -total / LN2 == pytest.approx(alone.score("the cat sat").bits, abs=1e-4)
    assert found["choices"][0]["logprobs"]["top_logprobs"] is None


def test_ids_that_begin_with_the_line_end_have_null_there(client, name, direct):
    end = direct.tokenizer.line_end_id
    ids = direct.tokenizer.encode("the cat sat")
    both = complete(
        client, model=name, prompt=[[end, *ids], ids], max_tokens=1, echo=True, logprobs=1,
        temperature=0,
    )  # fmt: skip
    opened, bare = (choice["logprobs"] for choice in both["choices"])
    assert opened["token_logprobs"][0] is opened["top_logprobs"][0] is None
    assert opened["token_logprobs"][1:] == pytest.approx(bare["token_logprobs"], abs=1e-5)
    assert len(opened["tokens"]) == len(ids) + 2
    assert all(isinstance(value, float) for value in bare["token_logprobs"])


def test_the_greedy_token_is_the_largest_of_the_most_probable_to_the_bit(client, name):
    found = complete(client, model=name, prompt="the cat", max_tokens=5, logprobs=3, temperature=0)
    logprobs = found["choices"][0]["logprobs"]
    for value, top in zip(logprobs["token_logprobs"], logprobs["top_logprobs"], strict=True):
        assert value == max(top.values())
        assert len(top) <= 3


def test_a_drawn_token_is_among_the_most_probable_given(client):
    found = complete(client, prompt="the", max_tokens=20, logprobs=1, seed=3, temperature=3)
    logprobs = found["choices"][0]["logprobs"]
    for token, value, top in zip(
        logprobs["tokens"], logprobs["token_logprobs"], logprobs["top_logprobs"], strict=True
    ):
        assert top[token] == value


def test_offsets_lead_to_the_tokens_in_prompt_and_text(client):
    found = complete(client, prompt="the cat sat", max_tokens=6, echo=True, logprobs=0, seed=2)
    choice = found["choices"][0]
    logprobs = choice["logprobs"]
    assert logprobs["text_offset"] == sorted(logprobs["text_offset"])
    for token, offset in zip(logprobs["tokens"], logprobs["text_offset"], strict=True):
        if token.strip():
            assert choice["text"][offset:].lstrip(" ").startswith(token.strip())


def test_a_seed_writes_the_same_text_alone_and_among_others(client, name):
    body = {"model": name, "max_tokens": 12, "seed": 11}
    alone = complete(client, prompt="the cat", **body)["choices"][0]["text"]
    many = complete(client, prompt=["a", "the cat", "the dog sat on the mat"], n=3, **body)
    assert [choice["index"] for choice in many["choices"]] == list(range(9))
    assert many["choices"][3]["text"] == alone
    assert len({choice["text"] for choice in many["choices"][3:6]}) > 1


def test_equal_seeds_are_equal_and_none_is_chance(client):
    def text(**seed):
        return complete(client, prompt="the", max_tokens=30, temperature=2, **seed)["choices"][0]

    assert text(seed=-5)["text"] == text(seed=-5)["text"]
    assert len({text()["text"] for _ in range(4)}) > 1


def test_the_best_of_several_are_the_most_probable(client):
    body = {"prompt": "the", "max_tokens": 6, "seed": 4, "temperature": 2}
    drawn = complete(client, n=6, logprobs=0, **body)["choices"]
    means = {c["text"]: math.fsum(c["logprobs"]["token_logprobs"]) / 6 for c in drawn}
    best = complete(client, n=2, best_of=6, logprobs=0, **body)["choices"]
    assert [c["index"] for c in best] == [0, 1]
    expected = sorted(means, key=means.__getitem__, reverse=True)[:2]
    assert [c["text"] for c in best] == expected


def test_a_text_ends_before_a_stop(client, name):
    whole = complete(client, model=name, prompt="the cat", max_tokens=30, seed=8)
    text = whole["choices"][0]["text"]
    stop = text[len(text) // 2 :][:3]
    for stops in (stop, [stop, "never"]):
        choice = complete(client, model=name, prompt="the cat", max_tokens=30, seed=8, stop=stops)[
            "choices"
        ][0]
        assert choice["text"] == text[: text.find(stop)]
        assert choice["finish_reason"] == "stop"


def test_words_are_counted_as_the_command_counts_them(client, name):
    choice = complete(client, model=name, prompt="the cat", words=3, seed=1)["choices"][0]
    assert len(f"the cat{choice['text']}".split()) <= 5
    assert choice["finish_reason"] == "length"
    nothing = complete(client, model="words", prompt="the cat", words=0, seed=1)["choices"][0]
    assert nothing["text"] == ""


def test_nothing_is_written_where_nothing_is_asked_for(client):
    found = complete(client, prompt="the cat", max_tokens=0)
    assert found["choices"][0]["text"] == ""
    assert found["usage"]["completion_tokens"] == 0


def test_a_space_at_the_end_of_a_prompt_is_not_doubled(client):
    spaced = complete(client, prompt="the ", max_tokens=4, seed=1)["choices"][0]["text"]
    plain = complete(client, prompt="the", max_tokens=4, seed=1)["choices"][0]["text"]
    assert spaced == plain.removeprefix(" ")


def test_a_stream_joined_is_the_whole(client, name):
    body = {"model": name, "prompt": ["the cat", "a"], "max_tokens": 15, "seed": 6, "logprobs": 2}
    whole = complete(client, **body)
    with client.stream("POST", "/v1/completions", json={**body, "stream": True}) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = events_of(answer.iter_lines())
    texts, tokens, ends = {}, {}, {}
    for event in events:
        [choice] = event["choices"]
        texts[choice["index"]] = texts.get(choice["index"], "") + choice["text"]
        tokens.setdefault(choice["index"], []).extend(choice["logprobs"]["tokens"])
        ends[choice["index"]] = choice["finish_reason"]
    assert {event["id"] for event in events} == {events[0]["id"]}
    for choice in whole["choices"]:
        assert texts[choice["index"]] == choice["text"]
        assert tokens[choice["index"]] == choice["logprobs"]["tokens"]
        assert ends[choice["index"]] == choice["finish_reason"]


def test_a_stream_ends_with_the_usage_where_it_is_wanted(client):
    body = {"prompt": "the cat", "max_tokens": 4, "seed": 1, "stream": True}
    with client.stream(
        "POST", "/v1/completions", json={**body, "stream_options": {"include_usage": True}}
    ) as answer:
        *parts, last = events_of(answer.iter_lines())
    assert all(part["usage"] is None for part in parts)
    assert last["choices"] == []
    assert last["usage"]["total_tokens"] == 6


def test_a_stream_that_cannot_begin_is_refused_with_its_status(client):
    error = refused(client, prompt=[10**9], stream=True)
    assert error["message"].startswith("there is no token")


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"suffix": "."}, "suffix"),
        ({"logit_bias": {"5": 1.0}}, "logit_bias"),
        ({"presence_penalty": 0.5}, "presence_penalty"),
        ({"frequency_penalty": -1}, "frequency_penalty"),
        ({"nonsense": 1}, "nonsense"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
        ({"stream": True, "stream_options": {"other": True}}, "stream_options.other"),
        ({"n": 3, "best_of": 2}, "best_of"),
        ({"stream": True, "best_of": 2}, "best_of"),
        ({"n": 1000}, "n"),
        ({"prompt": ["a"] * 1000}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"max_tokens": 10**6}, "max_tokens"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"logprobs": 21}, "logprobs"),
        ({"stop": ["x"] * 17}, "stop"),
        ({"stop": [""]}, "stop"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": 2}, "top_p"),
        ({"seed": 2**63}, "seed"),
    ],
)
def test_what_cannot_be_honoured_is_refused_by_name(client, body, param):
    error = refused(client, **{"prompt": "the", **body})
    assert error["param"] == param
    assert error["type"] == "invalid_request_error"


def test_fields_that_change_nothing_are_taken(client):
    body = {"suffix": None, "logit_bias": {}, "presence_penalty": 0, "user": "me", "best_of": None}
    complete(client, prompt="the", max_tokens=1, **body)


def test_top_p_of_0_takes_the_most_probable(client):
    greedy = complete(client, prompt="the", max_tokens=8, temperature=0)
    nucleus = complete(client, prompt="the", max_tokens=8, top_p=0, seed=3)
    assert nucleus["choices"][0]["text"] == greedy["choices"][0]["text"]


def test_more_log_probabilities_than_an_answer_holds_are_refused(words_archive):
    options = ServeOptions(limits=Limits(table=50))
    app = create_app({"m": LanguageModel(words_archive)}, options)
    with TestClient(app, base_url="http://localhost") as client:
        body = {"prompt": "the cat", "echo": True, "logprobs": 4}
        complete(client, **body, max_tokens=8)
        error = refused(client, **body, max_tokens=9)
    assert "55 log-probabilities are more than 50" in error["message"]
    assert json.dumps(error)
