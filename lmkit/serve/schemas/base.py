"""Fields that the bodies of requests share."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from lmkit.inference.sampling import SamplingConfig

Adaptation = Literal["none", "cache", "dynamic", "both"]
Mixing = Literal["none", "ngram"]
Adapter = Literal["cache", "dynamic", "ngram"]
Precision = Literal["auto", "float32", "int8"]
Text = Annotated[str, Field(description="A text of one line or several.")]
Count = Annotated[int, Field(ge=1, description="Number of answers.")]


class Body(BaseModel):
    """A body: unknown fields are refused by name, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class ModelFields(Body):
    """The model that is asked, and how.

    Attributes:
        model: Name of the model; the first one where left out.
        adapters: Adapters to ask with; those that were fitted, where left out.
        alone: Ask the network alone.
        adapt: As `--adapt` of the command.
        mix: As `--mix` of the command.
        precision: Numbers of the products; "auto" takes 8 bits for texts that are written, where
            that is quicker, and all digits for probabilities.
    """

    model: str | None = Field(None, description="Name of a model; the first where left out.")
    adapters: list[Adapter] | None = Field(
        None, description="Adapters to ask with; those that were fitted, where left out."
    )
    alone: bool = Field(False, description="Ask the network alone.")
    adapt: Adaptation | None = Field(None, description="Learn from what is read.")
    mix: Mixing | None = Field(None, description="Mix the n-gram in, or leave it out.")
    precision: Precision | None = Field(None, description="8 bits a weight, or all digits.")


class SamplingFields(ModelFields):
    """Settings of the draw, by the names of the command."""

    temperature: float | None = Field(None, ge=0, le=100)
    top_k: int | None = Field(None, ge=0, le=10**9, description="0: all.")
    top_p: float | None = Field(None, ge=0, le=1)
    min_p: float | None = Field(None, ge=0, le=1)
    typical: float | None = Field(None, ge=1e-9, le=1)
    repetition: float | None = Field(None, ge=1, le=100)
    no_repeat: int | None = Field(None, ge=0, le=1000)

    def sampling(self) -> SamplingConfig | None:
        """Return the settings of the draw; None where all are left out."""
        names = ("temperature", "top_k", "top_p", "min_p", "typical", "repetition", "no_repeat")
        given: dict[str, Any] = {  # Any: numbers of both kinds
            name: value for name in names if (value := getattr(self, name)) is not None
        }
        if given.get("top_p") == 0:  # as OpenAI's: the most probable token alone
            given["top_p"] = 1e-9
        return SamplingConfig(**given) if given else None
