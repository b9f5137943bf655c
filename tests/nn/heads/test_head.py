"""Choice and settings of output layers."""

import pytest
import torch

from lmkit.core.errors import UsageError
from lmkit.nn.heads.full import FullHead
from lmkit.nn.heads.head import LARGE_VOCABULARY, SMALL_VOCABULARY, HeadConfig, choose_head


@pytest.mark.parametrize(
    ("name", "vocab_size", "expected"),
    [
        ("auto", SMALL_VOCABULARY, "full"),
        ("auto", SMALL_VOCABULARY + 1, "sampled"),
        ("auto", LARGE_VOCABULARY + 1, "sampled"),
        ("adaptive", 5, "adaptive"),
    ],
)
def test_the_head_is_chosen_by_vocabulary_size_unless_it_is_named(name, vocab_size, expected):
    assert choose_head(name, vocab_size) == expected


@pytest.mark.parametrize("name", ["vocab_size", "width", "band_shrink", "samples"])
def test_a_size_of_nothing_is_refused(name):
    sizes = {"vocab_size": 5, "width": 4, name: 0}
    with pytest.raises(UsageError, match="at least 1"):
        HeadConfig(**sizes)


def test_values_are_divided_by_the_temperature_and_left_alone_at_one():
    head, values = FullHead(3, 2), torch.tensor([2.0, 4.0])
    assert head.scaled(values) is values
    head.temperature.fill_(2.0)
    assert head.scaled(values).tolist() == [1.0, 2.0]
    assert "temperature" in head.state_dict()


def test_a_device_divides_without_looking_at_the_temperature(other):
    head = FullHead(3, 2).to(other.OTHER)
    values = torch.ones(2).to(other.OTHER)
    with other.no_waiting():
        once = head.scaled(values)
        head.temperature.fill_(2.0)
        halved = head.scaled(values)
    assert once.tolist() == [1.0, 1.0]
    assert halved.tolist() == [0.5, 0.5]
