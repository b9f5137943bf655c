"""The body of a completion."""

import pytest
from pydantic import TypeAdapter, ValidationError

from lmkit.serve.schemas.completions import CompletionBody, Prompt

PROMPT = TypeAdapter(Prompt)


@pytest.mark.parametrize("prompt", ["", "a", ["a", "b"], [1, 2], [[1], [2, 3]], [], [[]]])
def test_a_prompt_is_a_text_ids_or_several_of_them(prompt):
    assert CompletionBody(prompt=prompt).prompt == prompt


@pytest.mark.parametrize("prompt", [None, 5, [1, "a"], [[1], 2], [[["a"]]], [-1], [1.5], [True]])
def test_other_prompts_are_refused(prompt):
    with pytest.raises(ValidationError):
        CompletionBody(prompt=prompt)
    with pytest.raises(ValidationError):
        PROMPT.validate_python(prompt, strict=True)


@pytest.mark.parametrize("name", ["n", "best_of", "echo", "logprobs", "seed", "stream", "stop"])
def test_null_is_as_left_out(name):
    assert getattr(CompletionBody(**{name: None}), name) is None


@pytest.mark.parametrize(
    "fields", [{"n": 0}, {"best_of": 0}, {"logprobs": True}, {"seed": 2**64}, {"end": "page"}]
)
def test_values_out_of_range_are_refused(fields):
    with pytest.raises(ValidationError):
        CompletionBody(**fields)
