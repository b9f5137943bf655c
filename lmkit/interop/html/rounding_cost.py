"""Cost of rounding: the perplexity of a model before and after, on the same text.

Where no text is given, the model that was rounded is measured on words that the whole model wrote:
the mean difference there is the divergence of the two, an estimate of what is lost on any text that
is like the training text.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from lmkit.archive.folder import Archive
from lmkit.archive.options import ALONE, ModelOptions
from lmkit.inference.generate import GenerateConfig
from lmkit.language_model import LanguageModel
from lmkit.results import TextEvaluation

WRITTEN = 2000  # words that the model writes where no text is given
SAMPLES = 40  # texts that they are written in
OWN = "words that the model wrote"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundingCost:
    """Perplexities per word of one text.

    Attributes:
        text: The text that was measured.
        whole: Of the network alone in full.
        rounded: Of the network alone with 8 bits a weight.
        adapted: Of the model with all that was fitted, in full.
        page: Of the model in the page: rounded, its n-gram pruned.
    """

    text: str
    whole: float
    rounded: float
    adapted: float
    page: float

    def as_markdown(self) -> str:
        """Return the part of the model card that says what the page is."""
        return (
            "\n## In the page\n\n"
            "The matrices have 8 bits per weight here, with one step size for each row. "
            "The page\ncontains only the most useful n-grams.\n\n"
            f"| perplexity per word, on {self.text} | as trained | in the page |\n|---|---|---|\n"
            f"| the network alone | {self.whole:.2f} | {self.rounded:.2f} |\n"
            f"| with the fitted adapters | {self.adapted:.2f} | {self.page:.2f} |\n"
        )


def measure_rounding(
    archive: Archive, page: Archive, lines: Iterable[str] | None = None, *, name: str = OWN
) -> RoundingCost:
    """Measure a model and the same model as a page holds it.

    Args:
        archive: The model as it was trained, in the direction of the page; it has to read forward
            where no text is given.
        page: What `page_archive` made of it.
        lines: A text, without line ends; None lets the model write one.
        name: Name of the text.

    Returns:
        The perplexities.

    Raises:
        DataError: If the text has no line.
    """
    text = list(lines) if lines is not None else _written(archive)
    before = LanguageModel(archive).evaluate_text(text)
    after = LanguageModel(page).evaluate_text(text)
    return RoundingCost(
        text=name,
        whole=_alone(before),
        rounded=_alone(after),
        adapted=before.perplexity,
        page=after.perplexity,
    )


def _alone(measured: TextEvaluation) -> float:
    return measured.perplexity if measured.alone is None else measured.alone


def _written(archive: Archive) -> list[str]:
    """Return lines that the network alone writes."""
    model = LanguageModel(archive, ModelOptions(adapters=ALONE))
    config = GenerateConfig(words=WRITTEN // SAMPLES, samples=SAMPLES)
    texts = [sample.text for sample in model.generate_samples("", config)]
    return [line for text in texts for line in text.split("\n")]
