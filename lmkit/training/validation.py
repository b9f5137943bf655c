"""Result of reading a validation text, and the interface of what reads it."""

from dataclasses import dataclass
from typing import Protocol

from lmkit.core.perplexity import perplexity


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """Negative log-likelihood of a validation text, or of its beginning."""

    nats: float  # sum over the tokens
    tokens: int  # tokens predicted
    words: float  # words they stand for, line ends included

    @property
    def nats_per_token(self) -> float:
        """Mean negative log-likelihood of a token, in nats; models are compared by it."""
        return self.nats / self.tokens

    @property
    def perplexity(self) -> float:
        """Perplexity per word; finite past overflow, see `core.perplexity`."""
        return perplexity(self.nats, self.words)


class Validator(Protocol):
    """A validation text and the model that is trained, which reads it in evaluation mode."""

    @property
    def tokens(self) -> int:
        """Length of the validation text."""
        ...

    def validate(self, tokens: int) -> Validation:
        """Read the first `tokens` tokens, or about so many.

        Args:
            tokens: At least 1; more than there are stands for all.
        """
        ...
