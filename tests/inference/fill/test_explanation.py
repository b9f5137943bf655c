import pytest

from lmkit.inference.fill.config import FillConfig
from lmkit.inference.fill.explanation import explain_fill
from lmkit.inference.fill.fill import fill_text
from lmkit.models.directions import Directions


def test_every_word_from_the_blank_on_is_accounted_for(any_world):
    directions = Directions(forward=any_world.model, backward=any_world.backward)
    filling = fill_text(
        directions, any_world.vocabulary, "the ___ sat on a ___ log", FillConfig(k=2)
    )
    for why, filled in zip(
        explain_fill(directions, any_world.vocabulary, filling), filling.fillings, strict=True
    ):
        assert [word.word for word in why.blanks] == list(filled.words)
        assert [word.word for word in why.right] == ["sat", "on", "a", "log"]
        assert why.backward_bits > 0
        assert sum(word.bits for word in (*why.blanks, *why.right)) < why.bits


def test_more_probable_fillings_have_fewer_bits(world):
    directions = Directions(forward=world.model)
    filling = fill_text(directions, world.vocabulary, "the ___ sat", FillConfig(k=3, exact=True))
    first, second, _ = explain_fill(directions, world.vocabulary, filling)
    ratio = filling.fillings[0].probability / filling.fillings[1].probability
    assert 2 ** (second.bits - first.bits) == pytest.approx(ratio, rel=1e-3)
    assert first.backward_bits is None
