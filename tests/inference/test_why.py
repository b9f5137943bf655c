import pytest

from lmkit.inference.fill import FillConfig, fill_text
from lmkit.inference.sides import Sides
from lmkit.inference.why import explain_filling


def test_every_word_from_the_blank_on_is_accounted_for(any_world):
    sides = Sides(forward=any_world.model, backward=any_world.backward)
    filling = fill_text(sides, any_world.vocabulary, "the ___ sat on a ___ log", FillConfig(k=2))
    for why, filled in zip(
        explain_filling(sides, any_world.vocabulary, filling), filling.fillings, strict=True
    ):
        assert [word.word for word in why.blanks] == list(filled.words)
        assert [word.word for word in why.right] == ["sat", "on", "a", "log"]
        assert why.backward_bits > 0
        assert sum(word.bits for word in (*why.blanks, *why.right)) < why.bits


def test_more_probable_fillings_have_fewer_bits(world):
    sides = Sides(forward=world.model)
    filling = fill_text(sides, world.vocabulary, "the ___ sat", FillConfig(k=3, exact=True))
    first, second, _ = explain_filling(sides, world.vocabulary, filling)
    ratio = filling.fillings[0].probability / filling.fillings[1].probability
    assert 2 ** (second.bits - first.bits) == pytest.approx(ratio, rel=1e-3)
    assert first.backward_bits is None
