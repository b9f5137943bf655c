import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmkit.core.errors import UnknownNameError, UsageError
from lmkit.text.units import (
    SPLITS,
    UNITS,
    TokenizerConfig,
    byte_line_end,
    byte_spellings,
    choose_split,
    settle,
    train_library,
)

SAMPLE = " the cat sat , it did .\n the dog sat on the mat .\n" * 20
FEW_SUBWORDS = train_library([" a b\n"], settle(TokenizerConfig(unit="bpe"), " a b\n"))
any_unit = pytest.mark.parametrize("unit", UNITS)


def trained(unit, sample=SAMPLE, **options):
    config = settle(TokenizerConfig(unit=unit, **options), sample)
    return train_library([sample], config), config


@any_unit
def test_nothing_is_left_open_once_it_is_settled(unit):
    config = settle(TokenizerConfig(unit=unit), SAMPLE)
    assert config.vocab_size > 0
    assert config.min_frequency > 0
    assert config.split in set(SPLITS) - {"auto"}
    assert settle(config, SAMPLE) == config


def test_what_was_chosen_is_kept():
    config = TokenizerConfig(
        vocab_size=9, min_frequency=3, split="spaces", lowercase=True, straight_quotes=False
    )
    assert settle(config, SAMPLE) == config


def test_every_word_counts_in_a_tiny_text_and_beside_a_literal_unknown_word():
    assert settle(TokenizerConfig(), "a b\n").min_frequency == 1
    large = " word" * 60_000
    assert settle(TokenizerConfig(), large).min_frequency == 2
    assert settle(TokenizerConfig(), f"{large} <unk>").min_frequency == 1


def test_the_number_of_subwords_grows_with_the_text_within_bounds():
    sizes = [
        settle(TokenizerConfig(unit="bpe"), "x" * length).vocab_size
        for length in (10, 100_000, 10_000_000)
    ]
    assert sizes == [512, 1000, 16_000]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"unit": "wrod"}, UnknownNameError, "did you mean 'word'"),
        ({"split": "commas"}, UnknownNameError, "choose from auto"),
        ({"unit": "bpe", "vocab_size": 256}, UsageError, "at least 257"),
        ({"vocab_size": 2}, UsageError, "at least 3"),
        ({"min_frequency": -1}, UsageError, "cannot be negative"),
    ],
)
def test_bad_settings_are_refused(options, error, message):
    with pytest.raises(error, match=message):
        TokenizerConfig(**options)


@any_unit
def test_a_library_spells_its_training_text(unit):
    library, config = trained(unit)
    names = library.get_vocab()
    found = library.encode(SAMPLE, add_special_tokens=False)
    if config.is_bytes:
        spelled = b"".join(byte_spellings(found.tokens)).decode()
    else:
        spelled = "".join(found.tokens)
    assert spelled == SAMPLE
    assert len(names) <= config.vocab_size
    assert sorted(names.values()) == list(range(len(names)))


@any_unit
def test_learning_again_gives_the_same(unit):
    assert trained(unit)[0].to_str() == trained(unit)[0].to_str()


def test_whole_units_begin_with_the_unknown_and_the_line_end_and_go_on_by_count():
    for unit in ("word", "char"):
        names = trained(unit)[0].get_vocab()
        assert sorted(names, key=names.__getitem__)[:2] == ["<unk>", "\n"]
    words = trained("word")[0].get_vocab()
    assert words[" the"] < words[" sat"] < words[" dog"]


@pytest.mark.parametrize("unit", ["bpe", "unigram"])
def test_byte_units_know_every_byte(unit):
    library, _ = trained(unit)
    spellings = byte_spellings(list(library.get_vocab()))
    assert len({spelling for spelling in spellings if len(spelling) == 1}) == 256
    assert byte_line_end() in library.get_vocab()


@given(st.text())
def test_byte_spellings_are_the_bytes_of_the_text(text):
    found = FEW_SUBWORDS.encode(text, add_special_tokens=False).tokens
    assert b"".join(byte_spellings(found)) == text.encode()


def test_byte_line_end_is_one_character():
    assert byte_spellings([byte_line_end()]) == [b"\n"]


def test_attached_commas_and_final_stops_show_running_text():
    assert choose_split(" The cat sat on the mat.\n") == "punctuation"
    assert choose_split(" no , it was n't black monday\n but mr. <unk> says so\n") == "spaces"
    assert choose_split("") == "spaces"
