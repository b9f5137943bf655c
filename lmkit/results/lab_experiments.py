"""Results of the lab's experiments: gradients by distance, memory tasks, cells compared."""

from dataclasses import dataclass

from lmkit.results.result import Result


@dataclass(frozen=True, slots=True)
class GradientLine(Result):
    """The gradient norms of one cell over the distance.

    Attributes:
        cell: Its name.
        label: The cell and what sets it apart from the other lines.
        trained: Whether it was measured after training.
        hidden: |dL_t / dh_(t-k)| for k from 0, relative to k = 0.
        state: The same with respect to all that the cell keeps, h and c.
        score: How well the task was learned; None untrained.
    """

    cell: str
    label: str
    trained: bool
    hidden: tuple[float, ...]
    state: tuple[float, ...]
    score: float | None

    def reach(self, share: float = 0.01) -> int:
        """Return the first distance at which less than a fraction of the gradient is left."""
        return next((k for k, value in enumerate(self.state) if value < share), len(self.state))


@dataclass(frozen=True, slots=True)
class GradientReach(Result):
    """The lines that were measured, in the order of the cells."""

    length: int
    hidden: int
    lines: tuple[GradientLine, ...]


@dataclass(frozen=True, slots=True)
class TaskScore(Result):
    """The score of a cell on a task at one distance.

    Attributes:
        cell: Its name.
        distance: In steps.
        score: The median over the seeds; 1 is perfect.
        learned: Whether that is enough to count as learned.
        scores: One for each seed.
    """

    cell: str
    distance: int
    score: float
    learned: bool
    scores: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TaskReach(Result):
    """The scores of all cells on a task over the distance."""

    task: str
    passed: float  # the score from which it counts as learned
    chance: float  # the score of one who knows nothing
    steps: int
    results: tuple[TaskScore, ...]

    def reach(self, cell: str) -> int:
        """Return the farthest distance that a cell learned, 0 for none."""
        return max((r.distance for r in self.results if r.cell == cell and r.learned), default=0)


@dataclass(frozen=True, slots=True)
class ComparisonRow(Result):
    """The figures of one entry of a comparison, over all seeds.

    Attributes:
        cell: Its label.
        parameters: Number of weights.
        perplexity: Validation, per word: the mean over the seeds.
        spread: Standard deviation over the seeds; 0 for a single one.
        perplexities: One for each seed.
        words_per_second: Mean over the seeds.
        words: Mean number of words trained on.
    """

    cell: str
    parameters: int
    perplexity: float
    spread: float
    perplexities: tuple[float, ...]
    words_per_second: float
    words: int


@dataclass(frozen=True, slots=True)
class Comparison(Result):
    """A comparison of cells, best first."""

    seeds: tuple[int, ...]
    cells: tuple[ComparisonRow, ...]
