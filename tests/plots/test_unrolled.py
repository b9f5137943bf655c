"""The plot of an unrolled network: boxes, words, arrows and weights."""

import itertools

import pytest

from lmkit.plots.unrolled import BACK, _Flow, unrolled_picture
from lmkit.results.lab_unroll import Unrolled, UnrolledLayer, WeightGradient


@pytest.fixture
def unrolled() -> Unrolled:
    layers = (
        UnrolledLayer((1.0, 2.0), (3.0, 4.0), {}, (0.5, 0.001)),
        UnrolledLayer((1.5, 2.5), (3.5, 4.5), {}, (0.25, 1.0)),
    )
    weights = (WeightGradient("layers.0.bias", 1.0), WeightGradient("layers.1.bias", 3.0))
    words = ("↵", "incomprehensibly")
    return Unrolled("x", words, "cat", 1.5, (0.1, 0.2), layers, weights)


def written(axes) -> list[str]:
    return [text.get_text() for text in axes.texts if text.get_text()]


def test_every_layer_and_word_has_a_box_with_its_lengths(unrolled: Unrolled, pyplot) -> None:
    axes = unrolled_picture(unrolled)(pyplot).axes[0]
    texts = written(axes)
    assert "h 1\nc 3\n∂ 0.5" in texts
    assert "h 2.5\nc 4.5\n∂ 1" in texts
    assert {"layer 1", "layer 2", "words", "cat?  1.50 nats"} <= set(texts)
    assert len(axes.patches) == 2 * 2 + 2  # a box for each layer and word, and one for each word


def test_a_long_word_is_cut(unrolled: Unrolled, pyplot) -> None:
    texts = written(unrolled_picture(unrolled)(pyplot).axes[0])
    assert "incomprehe…" in texts


def test_every_gradient_has_an_arrow_beside_that_of_the_state(unrolled: Unrolled, pyplot) -> None:
    from matplotlib.colors import to_rgba

    axes = unrolled_picture(unrolled)(pyplot).axes[0]
    arrows = [text.arrow_patch for text in axes.texts if getattr(text, "arrow_patch", None)]
    back = [arrow for arrow in arrows if arrow.get_edgecolor() == to_rgba(BACK)]
    # across: one a layer; up: one a layer and word; and one from the loss
    assert len(arrows) == 2 * (2 + 4 + 1)
    assert len(back) == len(arrows) / 2


def test_the_weights_stand_beside_it_the_lowest_layer_on_top(unrolled: Unrolled, pyplot) -> None:
    bars = unrolled_picture(unrolled)(pyplot).axes[1]
    assert [t.get_text() for t in bars.get_yticklabels()] == ["layer 2 bias", "layer 1 bias"]
    assert [bar.get_width() for bar in bars.patches] == [3.0, 1.0]


@pytest.mark.parametrize("size", [1e-9, 1.6e-3, 0.3, 70.0, 2e6])
def test_numbers_below_the_weights_do_not_touch_each_other(size: float, pyplot) -> None:
    layer = UnrolledLayer((1.0,), (1.0,), {}, (0.5,))
    weights = tuple(WeightGradient(f"layers.0.w{n}", size / n) for n in (1, 2))
    figure = unrolled_picture(Unrolled("x", ("↵",), "a", 1.0, (0.1,), (layer,), weights))(pyplot)
    figure.draw_without_rendering()
    ticks = [t.label1 for t in figure.axes[1].xaxis.get_major_ticks() if t.label1.get_text()]
    boxes = sorted((t.get_window_extent() for t in ticks), key=lambda box: box.x0)
    assert len(boxes) > 1
    assert all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


def test_more_gradient_makes_a_wider_arrow(unrolled: Unrolled, pyplot) -> None:
    flow = _Flow(pyplot, unrolled)
    assert (flow.least, flow.most) == (0.001, 1.0)
    shares = [flow.share(value) for value in (0.0, 0.001, 0.01, 0.1, 1.0)]
    assert shares == pytest.approx([0.0, 0.0, 1 / 3, 2 / 3, 1.0])


def test_a_gradient_that_has_vanished_everywhere_is_drawn_too(pyplot) -> None:
    layer = UnrolledLayer((0.0,), (0.0,), {}, (0.0,))
    gone = Unrolled("x", ("↵",), "a", 0.0, (0.0,), (layer,), ())
    figure = unrolled_picture(gone)(pyplot)
    figure.draw_without_rendering()
    assert "a?  0.00 nats" in written(figure.axes[0])
