"""How what was left open is chosen."""

from lmkit.nn.heads.head import LARGE_VOCABULARY
from lmkit.recipes.request import EXACT_SHARE, with_exact_share
from lmkit.training.config import TrainingConfig


def test_a_large_vocabulary_cannot_afford_an_exact_end():
    assert with_exact_share(TrainingConfig(), LARGE_VOCABULARY).exact_share == EXACT_SHARE
    assert with_exact_share(TrainingConfig(), LARGE_VOCABULARY + 1).exact_share == 0.0


def test_an_exact_end_that_was_asked_for_stays():
    for share in (0.0, 0.3):
        asked = TrainingConfig(exact_share=share)
        assert with_exact_share(asked, 10**6) == asked == with_exact_share(asked, 10)
