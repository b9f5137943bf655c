"""Bodies of `/tokenize`, `/detokenize` and `/tokenizer_info`."""

from pydantic import BaseModel, ConfigDict, Field

from lmkit.serve.schemas.base import Body


class TokenizeBody(Body):
    """A text to cut into tokens."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"prompt": "the cat sat"}]})
    model: str | None = Field(None, description="Name of a model; the first where left out.")
    prompt: str
    add_special_tokens: bool = Field(False, description="Whether the line end stands first.")


class TokenizeAnswer(BaseModel):
    """The ids of a text."""

    tokens: list[int]
    count: int
    max_model_len: int


class DetokenizeBody(Body):
    """Ids to be read as text."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tokens": [0, 1, 2]}]})
    model: str | None = Field(None, description="Name of a model; the first where left out.")
    tokens: list[int]


class DetokenizeAnswer(BaseModel):
    """The text of ids."""

    prompt: str


class TokenizerInfoAnswer(BaseModel):
    """The special tokens of a model: the line end stands for all of them."""

    eos_token: str
    bos_token: str
    pad_token: str
    unk_token: str | None
    vocab_size: int
    unit: str
