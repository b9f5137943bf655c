"""The base of every answer: a frozen value that turns into plain dictionaries and lists."""

from dataclasses import asdict


class Result:
    """A frozen answer that turns into plain dictionaries and lists."""

    __slots__ = ()

    def to_dict(self) -> dict[str, object]:
        """Return the answer as JSON can hold it."""
        return asdict(self)  # type: ignore[call-overload,no-any-return]  # every Result is a dataclass
