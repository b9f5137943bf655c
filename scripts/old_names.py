"""Names that were used before, and the words of docs/glossary.md that took their place.

`rules.py` refuses them in identifiers. A row that names folders or files counts there alone: the
same word can be right elsewhere.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OldName:
    """A name that is used no more.

    Attributes:
        pattern: A regular expression that a whole identifier matches.
        use: What to use in its place.
        within: Paths below `lmkit/` in which this holds, by their beginnings; empty: everywhere.
    """

    pattern: str
    use: str
    within: tuple[str, ...] = ()

    def names(self, identifier: str, path: str) -> bool:
        """Say whether an identifier in a file (its path below `lmkit/`) is this name."""
        is_there = not self.within or path.startswith(self.within)
        return is_there and re.fullmatch(self.pattern, identifier) is not None


def part(word: str) -> str:
    """Return a pattern for identifiers with a word as a part: `a_word`, `WORD_B`, `AWord`."""
    snake = rf"(?i:(?:.*_)?{word}(?:_.*)?)"
    camel = rf".*{word.capitalize()}(?:[A-Z0-9].*)?"
    return f"(?:{snake}|{camel})"


READS = ("nn/", "models/", "inference/", "archive/", "calibration/", "evaluation/", "forecasting/")
TRAINS = ("training/", "recipes/")

OLD_NAMES = (
    OldName("Memory", "State"),
    OldName(part("memory"), "state", READS),
    OldName(part("memories"), "states", READS),
    OldName(part("pieces?"), "token"),
    OldName(part("shares"), "weights, fractions or probabilities"),
    OldName(
        "_share|_checked_share", "weight, fraction or probability", ("archive/", "calibration/")
    ),
    OldName("Descent|descent", "TrainStep"),
    OldName("Standing|standing", "TrainerState"),
    OldName("Meter", "StepMeter"),
    OldName("Moment|Moments|moment", "RunProgress, or CacheEntries"),
    OldName("Pace|_Pace|pace", "TimeBudget"),
    OldName("Plan", "StepPlan", ("training/",)),
    OldName("Times", "StepTimes", ("training/",)),
    OldName("Setting", "RunContext"),
    OldName(part("tempered"), "TemperatureFitted"),
    OldName(part("cooled"), "scaled"),
    OldName(part("closing"), "calibration", TRAINS),
    OldName("Pass|passes_of", "DirectionResult, directions_of"),
    OldName("passes", "directions, or epochs", TRAINS),
    OldName("Stage|Notice|Fitting", "Status, Warned, Calibrating"),
    OldName("Job", "ResolvedRun"),
    OldName("settle|compose", "resolve, merge_settings", ("recipes/",)),
    OldName("Moved|Compared|Learned", "ProbabilityChange, ComparisonRow, TaskScore"),
    OldName(part("sides"), "Directions"),
    OldName(part("sided"), "BidirectionalScorer"),
    OldName(part("companions?"), "adapters, or the backward model"),
    OldName(part("surroundings"), "AdapterInputs"),
    OldName("(?:.*_)?around|fit_around", "adapters", ("calibration/", "recipes/", "archive/")),
    OldName("compose_sides", "build_model"),
    OldName("Started", "PrefixedModel"),
    OldName(part("flatness"), "theta"),
    OldName(part("fades?"), "decay"),
    OldName(part("judge"), "SentenceScorer, metric"),
    OldName("Agreement", "ProductPrediction", ("inference/",)),
    OldName(part("typist"), "TypingSession"),
    OldName("Typed", "TypingState"),
    OldName("Why|explain_filling", "FillExplanation"),
    OldName("Completions", "BlankVariants"),
    OldName(part("follower"), "ConversationCache"),
    OldName("admit|squashed", "input_gate, tanh_c"),
    OldName(part("slopes"), "grads"),
    OldName("times", "matmul_t", ("nn/",)),
    OldName("_held|_ready|_usable|_known", "a name that says what comes back"),
)

OLD_MODULES = {
    "agreement": "product_prediction",
    "closing": "temperature",
    "companions": "adapters",
    "descent": "step",
    "earlier": "conversation_cache",
    "judge": "sentence_scorer",
    "nested": "nested_state",
    "pace": "budget",
    "plan": "step_plan",
    "setting": "run_context",
    "sides": "directions",
    "standing": "state",
    "started": "prefixed",
    "typist": "typing_session",
    "why": "explanation",
}
