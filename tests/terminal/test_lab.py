"""The lab in a terminal: what is shown, in 80 columns."""

import io

from rich.console import Console, RenderableType

from lmkit.results import Guess
from lmkit.results.lab_experiments import GradientLine, GradientReach
from lmkit.results.lab_gates import Effect, ProbabilityChange
from lmkit.results.lab_unroll import Unrolled, UnrolledLayer, WeightGradient
from lmkit.terminal import lab


def drawn(answer: RenderableType) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=80, color_system=None).print(answer)
    return stream.getvalue().splitlines()


def test_each_curve_stands_beside_its_reach_and_score() -> None:
    fading = tuple(0.5**k for k in range(11))
    level = (1.0,) * 11
    lines = (
        GradientLine("elman", "elman", False, fading, fading, None),
        GradientLine("lstm", "lstm, forget bias 3, trained, clip 1", True, level, level, 0.5),
    )
    shown = drawn(lab.gradients(GradientReach(10, 8, lines)))
    assert shown[1].split()[-2:] == ["9.8e-04", "7"]
    assert shown[2].split()[-4:] == ["1.0e+00", ">", "10", "0.50"]
    assert "trained, clip" in shown[2]
    assert max(map(len, shown)) <= 80


def test_the_network_is_drawn_over_the_words_and_weights() -> None:
    values = (0.5,) * 9
    layer = UnrolledLayer(values, values, {}, values)
    answer = Unrolled(
        text="any",
        words=tuple(f"word{number}" for number in range(9)),
        target="next",
        nats=1.5,
        layers=(layer,),
        inputs=values,
        weights=(WeightGradient("layers.0.weight_hidden", 2.0),),
    )
    shown = drawn(lab.unrolled(answer))
    assert shown[0] == "back from 'next': 1.50 nats"
    assert sum("layer 1 gradient" in line for line in shown) == 2  # six words a block
    assert any("weight_hidden" in line and "2" in line for line in shown)
    assert max(map(len, shown)) <= 80


def test_a_prediction_stands_beside_itself_changed() -> None:
    moved = (ProbabilityChange("cat", 0.5, 0.125), ProbabilityChange("dog", 0.0, 0.25))
    effect = Effect("a", (Guess("cat", 0.5),), (Guess("dog", 0.25),), moved, 0.125)
    shown = drawn(lab.effect(effect))
    assert [word for word in shown[1].split() if "█" not in word] == ["cat", "50.0%", "12.5%"]
    assert shown[2].split()[:2] == ["dog", "0.0%"]
    assert shown[-1].strip() == "the prediction moved by 0.125 bits"
