import pytest

from lmkit.core.errors import UnknownNameError, UsageError
from lmkit.text.settings import read_settings
from lmkit.text.units import TokenizerConfig


def test_nothing_set_is_the_usual_tokenizer():
    assert read_settings([]) == TokenizerConfig()


def test_values_are_read_as_toml_or_as_words():
    found = read_settings(
        ["unit=bpe", "text.vocab_size=4000", " lowercase = true ", "split=spaces"]
    )
    assert found == TokenizerConfig(unit="bpe", vocab_size=4000, lowercase=True, split="spaces")


def test_what_is_said_later_wins():
    assert read_settings(["vocab_size=10", "vocab_size=20"]).vocab_size == 20


@pytest.mark.parametrize(
    ("setting", "error", "message"),
    [
        ("vocab_size", UsageError, "write KEY=VALUE"),
        ("vocab_siz=3", UnknownNameError, "did you mean 'vocab_size'"),
        ("hidden=3", UnknownNameError, "choose from lowercase"),
        ("vocab_size=many", UsageError, "vocab_size: .*got 'many'"),
        ("unit=wrod", UsageError, "did you mean 'word'"),
        ("min_frequency=-1", UsageError, "cannot be negative"),
    ],
)
def test_bad_settings_are_refused(setting, error, message):
    with pytest.raises(error, match=message):
        read_settings([setting])
