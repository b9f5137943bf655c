"""Figures of the benchmark of this machine."""

from dataclasses import dataclass
from typing import ClassVar

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingFigures(Result):
    """Training rates of a model.

    Attributes:
        words_per_second: With the full softmax and AdamW.
        matrix_product_share: What that is of the machine's matrix product in the number format of
            the step, 0..1.
        default_words_per_second: As `lmkit train` does it at this vocabulary: with a sampled
            softmax where the vocabulary is not small, and with Muon.
    """

    name: ClassVar[str] = "training"
    words_per_second: float
    matrix_product_share: float
    default_words_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject(Result):
    """The model that is measured."""

    name: ClassVar[str] = "model"
    source: str  # a folder, or the size of an untrained model
    parameters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine(Result):
    """The machine and its best rates."""

    name: ClassVar[str] = "machine"
    threads: int
    gflops: float  # float32 matrix product, 10^9 operations a second, by the quicker library
    torch_gflops: float  # the same by `torch.mm`, which is MKL on x86
    bfloat16_gflops: float | None  # in bfloat16; None where no instruction of the processor has it
    copy_gb_per_second: float  # bytes read plus bytes written
    torch: str  # version


@dataclass(frozen=True, slots=True, kw_only=True)
class NextWordFigures(Result):
    """One word more after a text already read: its five likeliest successors."""

    name: ClassVar[str] = "next_word"
    p50_ms: float
    p95_ms: float
    bandwidth_share: float  # what fetching every weight once takes of the median, 0..1


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationFigures(Result):
    """Words written a second, one text alone and `TOGETHER` side by side."""

    name: ClassVar[str] = "generation"
    words_per_second: float
    together_words_per_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FillingFigures(Result):
    """One blank between `LEFT` and `RIGHT` words."""

    name: ClassVar[str] = "filling"
    p50_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringFigures(Result):
    """Surprisal, rank and entropy of every word of a long text."""

    name: ClassVar[str] = "scoring"
    words_per_second: float  # lines that follow each other
    lines_words_per_second: float  # each line by itself
    matrix_product_share: float  # of the first, 0..1
