"""The recurrent language model: words in, a distribution over the next word out.

It can be asked (`NextWordModel`) and trained (`Trainable`). It knows ids, not the words they stand
for. State comes in and goes out as a value; nothing of it stays on the model.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Protocol

import torch
from torch import Tensor
from typing_extensions import override

from lmkit.core.devices import device_of
from lmkit.core.errors import UsageError, unknown_name
from lmkit.models.recurrent.fast_step import FastStep
from lmkit.models.recurrent.prediction import RecurrentPrediction
from lmkit.models.trainable import Loss, Trainable
from lmkit.nn.dropout import locked_dropout, word_mask
from lmkit.nn.embedding import TableEmbedding
from lmkit.nn.head_input import HEAD_INPUTS, HeadInput
from lmkit.nn.heads import HEADS
from lmkit.nn.heads.head import HeadConfig, choose_head
from lmkit.nn.recurrent import Recurrent, RecurrentConfig
from lmkit.nn.state import State, join_rows, select_rows
from lmkit.nn.train_mode import TrainMode


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentShape:
    """Architecture of a recurrent language model: all that its weights depend on."""

    vocab_size: int
    cell: str = "lstm"  # a name in nn.cells.CELLS
    layers: int = 2
    hidden: int = 256  # units of every layer but the last
    last_hidden: int = 0  # units of the last layer; 0: as the others
    # Settings of the cell's own, e.g. {"rounds": 2}; Any: each cell checks its own.
    cell_options: dict[str, Any] = field(default_factory=dict)
    embedding: int = 256  # width of a word's vector, and of what the head reads
    tied: bool = True  # the head's matrix is the embedding
    head_input: str = "last"  # "last" layer, or "sum" of all layers: what the head reads
    head: str = "auto"  # a name in nn.heads.HEADS, or auto: chosen by vocabulary size
    band_shrink: int = 2  # adaptive head: how much narrower each band of rarer words is
    samples: int = 1024  # sampled head: words drawn per step, beside the right ones

    def __post_init__(self) -> None:
        sizes = {"vocab_size": self.vocab_size, "layers": self.layers, "hidden": self.hidden}
        for name, size in (sizes | {"embedding": self.embedding}).items():
            if size < 1:
                raise UsageError(f"{name} must be at least 1, got {size}")
        if self.last_hidden < 0:
            raise UsageError(f"last_hidden must be 0 or more, got {self.last_hidden}")
        if self.head_input not in HEAD_INPUTS:
            raise unknown_name("head_input", self.head_input, HEAD_INPUTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurrentLMConfig(RecurrentShape):
    """Architecture and, for training alone, regularisation of a recurrent language model."""

    dropout_embedding: float = 0.0  # fraction of the embedding's units, one mask a window
    dropout_between: float = 0.0  # the same between layers
    dropout_output: float = 0.0  # the same on what the head reads
    dropout_words: float = 0.0  # fraction of the vocabulary zeroed, for a window
    dropout_weights: float = 0.0  # fraction of the recurrent weights, for a window
    activation_penalty: float = 0.0  # times the mean square of the last layer's output
    slowness_penalty: float = 0.0  # times the mean square of its change from step to step

    def __post_init__(self) -> None:
        RecurrentShape.__post_init__(self)
        for name in DROPOUTS:
            if not 0 <= getattr(self, name) < 1:
                raise UsageError(f"{name} must be in 0..1 (1 excluded), got {getattr(self, name)}")

    @property
    def shape(self) -> RecurrentShape:
        """The architecture alone, as a model folder keeps it."""
        names = [part.name for part in fields(RecurrentShape)]
        return RecurrentShape(**{name: getattr(self, name) for name in names})


FEW = 16  # up to so many words a step of its own is quicker than the fused kernel

DROPOUTS = (
    "dropout_embedding",
    "dropout_between",
    "dropout_output",
    "dropout_words",
    "dropout_weights",
)


class Window(Protocol):
    """Inputs and targets of a batch, as the model reads them."""

    @property
    def inputs(self) -> Tensor:
        """Ids read, shape (batch, time)."""
        ...

    @property
    def targets(self) -> Tensor:
        """The id after each, shape (batch, time)."""
        ...


class RecurrentLM(Trainable[Window, State]):
    """Embedding, recurrent layers, their connection to the head, and a head.

    Attributes:
        config: What it was built from.
        embedding: Ids to vectors.
        recurrent: The stack of layers, `recurrent.layers` lowest first.
        project: From the outputs of the layers to what the head reads.
        head: Hidden states to probabilities.
    """

    def __init__(self, config: RecurrentLMConfig, generator: torch.Generator | None = None) -> None:
        """Build a model and draw its weights.

        Args:
            config: Shape and regularisation.
            generator: Where the weights come from: equal generators give equal models.
        """
        super().__init__()
        self.config = config
        width = config.embedding
        hidden = (config.hidden,) * (config.layers - 1) + (config.last_hidden or config.hidden,)
        shape = RecurrentConfig(
            cell=config.cell,
            input=width,
            hidden=hidden,
            options=config.cell_options,
        )
        head = HEADS.get(choose_head(config.head, config.vocab_size))
        self.embedding, self.head = head.with_embedding(_head_config(config))
        self.recurrent = Recurrent(shape)
        widths = [cell.output_size for cell in self.recurrent.cells]
        self.project = HeadInput(widths, width, config.head_input)
        self._fast_step: FastStep | None = None  # made from the weights when first asked
        self.initialise(generator)

    @property
    def vocab_size(self) -> int:
        """Number of ids."""
        return self.config.vocab_size

    @property
    def device(self) -> torch.device:
        """Device of the weights, where ids are expected and states are made."""
        return device_of(self)

    def initialise(self, generator: torch.Generator | None = None) -> None:
        """Draw every weight anew."""
        self.embedding.initialise(generator)
        self.recurrent.initialise(generator)
        self.project.initialise(generator)
        self.head.initialise(generator)

    def set_frequencies(self, counts: Tensor) -> None:
        """Set the biases of the head to the unigram distribution, which spares the first steps.

        Args:
            counts: How often each id stands in the training text, shape (vocab,).
        """
        counts = counts.to(self.head.temperature.device, torch.float32)
        smoothed = counts + 1.0  # an id that is never seen is still possible
        self.head.set_frequencies(smoothed / smoothed.sum())

    def set_word_vectors(self, vectors: Tensor) -> None:
        """Start from vectors made of counts; a row of zeros leaves that word's vector as it is.

        An embedding in bands of several widths is left as it is.

        Args:
            vectors: Shape (vocab, embedding).
        """
        if isinstance(self.embedding, TableEmbedding):
            is_known = vectors.any(dim=1, keepdim=True)
            with torch.no_grad():
                self.embedding.weight.copy_(torch.where(is_known, vectors, self.embedding.weight))

    @override
    def start(self, batch: int) -> State:
        return self.recurrent.start(batch)

    def select(self, state: State, rows: Tensor | Sequence[int]) -> State:
        """Return the state of some rows, in the order asked for; a row may be repeated."""
        return select_rows(state, rows)

    def join(self, states: Sequence[State]) -> State:
        """Return one state that holds the rows of several, in the order given."""
        return join_rows(states)

    def read(self, ids: Tensor, state: State) -> tuple[RecurrentPrediction, State]:
        """Read words and say what may come after each; never drops anything.

        Args:
            ids: Word ids, shape (batch, time); the answers come to their device, whichever that
                of the weights is.
            state: State of everything read before.

        Returns:
            Predictions for batch x time positions, and the new state.
        """
        if torch.is_inference_mode_enabled():  # entering it again takes as long as a product
            return self._read(ids, state)
        with torch.inference_mode():
            return self._read(ids, state)

    def _read(self, ids: Tensor, state: State) -> tuple[RecurrentPrediction, State]:
        place = ids.device
        ids = ids.to(self.head.temperature.device)  # that of the weights, found at once
        if ids.shape[1] <= FEW and FastStep.supports(self.recurrent):
            shown, state = self._step().read(ids, state, vocab_size=self.vocab_size)
            return RecurrentPrediction(shown, self.head, place), state
        outputs, state = self.recurrent.read_layers(self.embedding(ids.t()), state)
        hidden = self.project(outputs).transpose(0, 1)
        return RecurrentPrediction(hidden, self.head, place), state

    @override
    def loss(
        self, batch: Window, state: State, mode: TrainMode | None = None
    ) -> tuple[Loss, State]:
        # The objective is the mean nats per token plus the penalties of training.
        config = self.config
        ids, targets = batch.inputs.t(), batch.targets.t().reshape(-1)
        x = self.embedding(ids, None if mode is None else mode.rows)
        kept = word_mask(x, self.vocab_size, config.dropout_words, mode)
        x = x if kept is None else x * kept[ids].unsqueeze(-1)
        outputs, state = self.recurrent.read_layers(
            locked_dropout(x, config.dropout_embedding, mode),
            _trainable_state(state),
            dropout=config.dropout_between,
            weight_rate=config.dropout_weights,
            mode=mode,
        )
        shown = locked_dropout(self.project(outputs), config.dropout_output, mode)
        found = self.head.loss(shown.flatten(0, 1), targets, mode)
        penalty = 0.0 if mode is None else self._penalty(outputs[-1], shown)
        nats = found.nats * len(targets)
        return Loss(found.objective + penalty, nats, len(targets)), state

    def __getstate__(self) -> dict[str, object]:
        """Return what a copy is made of: the weights, not what was laid out from them."""
        return {**self.__dict__, "_fast_step": None}

    def parameter_count(self) -> int:
        """Return the number of weights, tied ones counted once."""
        return sum(parameter.numel() for parameter in self.parameters())

    def _step(self) -> FastStep:
        """Return the way to read single words, made anew if the weights have changed."""
        if self._fast_step is None or not self._fast_step.is_current():
            self._fast_step = FastStep(self.embedding, self.recurrent, self.project)
        return self._fast_step

    def _penalty(self, outputs: Tensor, shown: Tensor) -> Tensor | float:
        """Return the activation regularisation (Merity 2017): small outputs that change slowly."""
        penalty: Tensor | float = 0.0
        if self.config.activation_penalty:
            penalty = penalty + self.config.activation_penalty * shown.float().square().mean()
        if self.config.slowness_penalty and len(outputs) > 1:
            change = outputs.float().diff(dim=0)
            penalty = penalty + self.config.slowness_penalty * change.square().mean()
        return penalty


def _head_config(config: RecurrentLMConfig) -> HeadConfig:
    return HeadConfig(
        vocab_size=config.vocab_size,
        width=config.embedding,
        tied=config.tied,
        band_shrink=config.band_shrink,
        samples=config.samples,
    )


def _trainable_state(state: State) -> State:
    """Copy a state that `read` returned, so that a graph can be built on it."""
    return tuple(
        tuple(part.clone() if part.is_inference() else part for part in layer) for layer in state
    )
