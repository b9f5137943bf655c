"""The network unrolled over words, with the gradients of back-propagation through time."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class UnrolledLayer(Result):
    """One layer over the words.

    Attributes:
        hidden: Length of the hidden state after each word.
        cell: Length of the cell state after each word; the hidden state's where there is no other.
        gates: Mean of each gate at each word.
        gradient: Length of the gradient with respect to all that the layer keeps after each word.
    """

    hidden: tuple[float, ...]
    cell: tuple[float, ...]
    gates: dict[str, tuple[float, ...]]
    gradient: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class WeightGradient(Result):
    """Norm of the gradient of one parameter."""

    name: str
    norm: float

    @property
    def readable_name(self) -> str:
        """Turn `layers.0.weight_input` into `layer 1 weight_input`: layers are counted from 1."""
        _, number, rest = self.name.split(".", 2)
        return f"layer {int(number) + 1} {rest}"


@dataclass(frozen=True, slots=True)
class Unrolled(Result):
    """A sentence read step by step, with the gradients back from the loss of one of its words.

    Attributes:
        text: The sentence.
        words: What was read before the chosen word; the first is the line's beginning.
        target: The word whose prediction is followed back.
        nats: How wrong that prediction was.
        inputs: Length of the gradient with respect to each word's vector.
        layers: Lowest first.
        weights: Each parameter of the layers.
    """

    text: str
    words: tuple[str, ...]
    target: str
    nats: float
    inputs: tuple[float, ...]
    layers: tuple[UnrolledLayer, ...]
    weights: tuple[WeightGradient, ...]
