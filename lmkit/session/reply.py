"""Replies of a session to a line: values that a terminal can draw and JSON can hold."""

from dataclasses import dataclass

from lmkit.results import Generated, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to one line.

    Attributes:
        kind: "fill", "continue", "complete", "score", "gates", "picked", "said", "error",
            "nothing" or "left".
        text: The text the answer is about; the text to go on with after a pick.
        message: An answer in words, of one line or several.
        notice: A line to be said beside the answer, such as the unknown words; empty: none.
        result: The answer of the model, if it was asked.
        continuation: A continuation by the model, beside the next words.
        model: The folder of the model that answers, where another is compared with it.
        other: The folder of that other.
        other_result: Its answer; its numbers go on from those of the first.
    """

    kind: str
    text: str = ""
    message: str = ""
    notice: str = ""
    result: Result | None = None
    continuation: Generated | None = None
    model: str = ""
    other: str = ""
    other_result: Result | None = None

    def to_dict(self) -> dict[str, object]:
        """Return the reply as JSON can hold it, without its empty fields."""
        answer: dict[str, object] = {"kind": self.kind}
        if self.text:
            answer["text"] = self.text
        if self.message:
            answer["message"] = self.message
        if self.notice:
            answer["notice"] = self.notice
        if self.result is not None:
            answer |= self.result.to_dict()
        if self.continuation is not None:
            answer["continuation"] = self.continuation.text
        if self.other_result is not None:
            answer["model"] = self.model
            answer["other"] = {"model": self.other, **self.other_result.to_dict()}
        return answer
