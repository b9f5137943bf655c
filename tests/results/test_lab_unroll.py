"""The network unrolled over words."""

import pytest

from lmkit.results.lab_unroll import Unrolled, UnrolledLayer, WeightGradient


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("layers.0.weight_input", "layer 1 weight_input"),
        ("layers.11.squeeze.2", "layer 12 squeeze.2"),
    ],
)
def test_layers_are_counted_from_one_for_readers(name: str, readable: str) -> None:
    gradient = WeightGradient(name, 1.0)
    assert gradient.readable_name == readable
    assert gradient.to_dict() == {"name": name, "norm": 1.0}


def test_the_object_has_everything_that_is_drawn() -> None:
    layer = UnrolledLayer((1.0, 2.0), (3.0, 4.0), {"forget": (0.5, 0.6)}, (0.1, 0.2))
    weights = (WeightGradient("layers.0.bias", 1.0),)
    found = Unrolled("a b", ("↵", "a"), "b", 1.5, (0.1, 0.2), (layer,), weights).to_dict()
    assert found["layers"] == (
        {
            "hidden": (1.0, 2.0),
            "cell": (3.0, 4.0),
            "gates": {"forget": (0.5, 0.6)},
            "gradient": (0.1, 0.2),
        },
    )
    assert (found["target"], found["nats"], found["inputs"]) == ("b", 1.5, (0.1, 0.2))
    assert found["weights"] == ({"name": "layers.0.bias", "norm": 1.0},)
