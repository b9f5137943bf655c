"""Bodies of `/v1/completions`, as OpenAI's clients know them, with fields of lmkit beside."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lmkit.serve.schemas.base import Body, SamplingFields

Id = Annotated[int, Field(ge=0)]
Prompt = str | list[str] | list[Id] | list[list[Id]]


class StreamOptions(Body):
    """Options of a stream."""

    include_usage: bool = Field(False, description="A last part with the numbers of tokens.")
    include_obfuscation: bool = Field(False, description="Must be false.")


class CompletionBody(SamplingFields):
    """A prompt to continue."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"prompt": "the cat sat on", "max_tokens": 8, "temperature": 0.8}]
        }
    )
    prompt: Prompt = Field("", description="A text, several, the ids of one, or of several.")
    max_tokens: int | None = Field(None, ge=0, description="Tokens written; 16 if left out.")
    n: int | None = Field(None, ge=1, description="Texts for each prompt.")
    best_of: int | None = Field(
        None, ge=1, description="Texts drawn, of which the best n are given."
    )
    echo: bool | None = Field(None, description="Give the prompt back too.")
    logprobs: int | None = Field(None, ge=0, description="Most probable tokens beside each token.")
    stop: str | list[str] | None = Field(None, description="Texts that end an answer.")
    seed: int | None = Field(None, ge=-(2**63), lt=2**63, description="Equal seeds, equal texts.")
    stream: bool | None = Field(None, description="Send the text as it is written.")
    stream_options: StreamOptions | None = None
    user: str | None = Field(None, description="Taken and not used.")
    words: int | None = Field(None, ge=0, description="Most words written, as `--words`.")
    end: Literal["words", "line", "paragraph"] = Field("words", description="As `--end`.")
    frequency_penalty: float | None = Field(None, description="Must be 0.")
    presence_penalty: float | None = Field(None, description="Must be 0; see repetition.")
    logit_bias: dict[str, float] | None = Field(None, description="Must be empty.")
    suffix: str | None = Field(None, description="Must be left out; see /v1/fill.")


class LogprobsAnswer(BaseModel):
    """Tokens of a text with their natural log-probabilities."""

    tokens: list[str]
    token_logprobs: list[float | None]
    top_logprobs: list[dict[str, float] | None] | None
    text_offset: list[int]


class ChoiceAnswer(BaseModel):
    """One text."""

    index: int
    text: str
    finish_reason: Literal["stop", "length"] | None
    logprobs: LogprobsAnswer | None


class UsageAnswer(BaseModel):
    """Numbers of tokens."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class CompletionAnswer(BaseModel):
    """Continued prompts."""

    id: str
    object: Literal["text_completion"]
    created: int
    model: str
    choices: list[ChoiceAnswer]
    usage: UsageAnswer | None = None
