"""Settings of a training run, apart from the model and the data."""

from dataclasses import dataclass

from lmkit.core.errors import UsageError, unknown_name

PRECISIONS = ("auto", "float32", "bfloat16")  # of the products in training


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """Settings of training. The measured effect of each is in docs/recipe.md.

    Exactly one of `minutes` and `epochs` is the budget; with neither, one epoch.
    """

    # budget
    minutes: float = 0.0  # minutes from the first step, validation included; 0: count epochs
    epochs: float = 0.0  # times through the training text; 0: count minutes
    # batches
    batch: int = 20  # streams read side by side
    time: int = 35  # tokens per window: how far back the gradient reaches
    # optimisation
    optimizer: str = "muon"  # a name of OPTIMIZERS
    learning_rate: float = 5e-3  # the highest
    matrix_rate: float = 0.0  # the same for the matrices inside cells; 0: as learning_rate
    weight_decay: float = 0.0  # fraction of a weight that one unit of rate takes away
    row_updates: int = 5_000_000  # a table of so many weights moves row by row; 0: none does
    clip: float = 1.0  # largest norm of the gradient; 0: none
    schedule: str = "cosine"  # a name of SCHEDULES: the curve of the rate
    warm_up: float = 0.02  # fraction of the run in which the rate rises
    final_rate: float = 0.0  # fraction of the rate left at the end
    compile_cells: bool = False  # by torch's compiler: for long runs of cells that gain by it
    precision: str = "auto"  # of the products: float32, bfloat16, or auto: by the processor
    # muon
    split_gates: bool = False  # orthogonalise the matrix of each gate on its own
    orthogonalise_every: int = 8  # steps that one orthogonalised direction serves
    # regularisation over the run
    table_decay: float = 0.0  # L2 of the word vectors: times each is added to its gradient
    dropout_epochs: float = 1.0  # epochs from which dropout counts in full; of fewer, less
    dropout_anneal: float = 0.2  # last fraction of the run, in which every dropout falls to 0
    exact_fraction: float | None = None  # last one, where a sampled softmax is exact; None: chosen
    # after the last step
    fit_temperature: bool = True  # of the softmax, on validation text
    # averaging
    averaging: str = "none"  # a name of AVERAGERS
    average_from: float = 0.8  # fraction of the run after which the weights are averaged
    # validation
    validations: int = 20  # over the whole run; fewer where they would take long
    validation_fraction: float = 0.05  # of the minutes, at most spent validating before the last
    patience: int = 8  # validations without a better one before stopping early; 0: never
    # saving
    checkpoint_minutes: float = 1.0  # minutes between checkpoints; more where one takes long
    checkpoint_steps: int = 0  # steps between checkpoints, beside those by time; 0: by time alone

    def __post_init__(self) -> None:
        """Refuse values that cannot be carried out."""
        positive = ("batch", "time", "learning_rate", "validations", "orthogonalise_every")
        of_the_end = ("dropout_anneal", "exact_fraction")
        fractions = ("warm_up", "final_rate", "average_from", "validation_fraction", *of_the_end)
        budgets = ("minutes", "epochs", "patience", "checkpoint_minutes", "checkpoint_steps")
        rates = ("matrix_rate", "weight_decay", "clip", "table_decay")
        not_negative = (*rates, "row_updates", *budgets)
        for name in positive:
            self._check(name, getattr(self, name) > 0, "more than 0")
        for name in fractions:
            value = getattr(self, name)
            self._check(name, value is None or 0 <= value <= 1, "between 0 and 1")
        for name in not_negative:
            self._check(name, 0 <= getattr(self, name) < float("inf"), "0 or more")
        self._check("dropout_epochs", 1 <= self.dropout_epochs < float("inf"), "1 or more")
        if self.precision not in PRECISIONS:
            raise unknown_name("precision", self.precision, PRECISIONS)
        if self.minutes and self.epochs:
            raise UsageError("give either minutes or epochs as the budget, not both")

    def _check(self, name: str, is_good: bool, wanted: str) -> None:
        if not is_good:
            raise UsageError(
                f"training.{name} must be {wanted}, but {getattr(self, name)} was given"
            )

    def early_stop(self, stale: int) -> str | None:
        """Return a reason to stop where validations have brought nothing better for too long.

        Args:
            stale: Validations since the best one.
        """
        return "early stop" if self.patience and stale >= self.patience else None
