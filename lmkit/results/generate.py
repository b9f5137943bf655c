"""Continued prompts."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class Generated(Result):
    """A continued prompt."""

    prompt: str
    text: str  # prompt and continuation
    words: int  # how many were written
    seconds: float
