"""Tokenizers as the page reads them."""

import json

import numpy as np
import pytest

from lmkit.inference.vocabulary import Place, Vocabulary
from lmkit.interop.html.words import FLAGS, pack_tokenizer
from lmkit.text.tokenizer import UNITS, Tokenizer, TokenizerConfig

TEXT = ["the cat's mat , 3,000 of them", "l’été 日本語 the cat sat (on) the mat ."] * 3


@pytest.fixture(params=UNITS)
def tokenizer(request) -> Tokenizer:
    return Tokenizer.train(TEXT, TokenizerConfig(unit=request.param, min_frequency=1))


def flags(tokenizer: Tokenizer, name: str) -> list[bool]:
    found = pack_tokenizer(tokenizer).arrays["flags"]
    return ((found >> FLAGS.index(name)) & 1).astype(bool).tolist()


@pytest.mark.parametrize(
    "name", ["continues", "hidden", "opens", "shown", "spaced", "punctuation", "joins_letters"]
)
def test_the_masks_are_those_of_the_vocabulary(tokenizer, name):
    assert flags(tokenizer, name) == getattr(Vocabulary(tokenizer), name).tolist()


def test_the_beginnings_of_lines_follow_from_the_masks(tokenizer):
    begins = [
        not hidden and (spaced or unspaced)
        for hidden, spaced, unspaced in zip(
            *(flags(tokenizer, name) for name in ("hidden", "spaced", "unspaced")), strict=True
        )
    ]
    assert begins == Vocabulary(tokenizer).starting(Place.LINE_START).tolist()


def test_the_tokens_are_spelled_as_the_library_does(tokenizer):
    packed = pack_tokenizer(tokenizer)
    names = json.loads(packed.arrays["tokens"].tobytes())
    library = tokenizer.to_library().get_vocab()
    assert names == sorted(library, key=library.__getitem__)


def test_the_rules_are_those_of_the_config(tokenizer):
    facts = pack_tokenizer(tokenizer).facts
    assert facts["unit"] == tokenizer.config.unit
    assert facts["split"] == tokenizer.config.split
    assert facts["unknown_id"] == tokenizer.unknown_id
    assert facts["line_end_id"] == tokenizer.line_end_id
    assert facts["straight_quotes"] is True


def test_merges_and_scores_are_there_where_they_are_needed():
    arrays = {
        unit: pack_tokenizer(
            Tokenizer.train(TEXT, TokenizerConfig(unit=unit, min_frequency=1))
        ).arrays
        for unit in UNITS
    }
    assert "merges" not in arrays["word"]
    assert arrays["bpe"]["merges"].shape[1] == 3
    assert arrays["unigram"]["scores"].dtype == np.float64


def test_a_merge_makes_the_token_of_its_parts():
    tokenizer = Tokenizer.train(TEXT, TokenizerConfig(unit="bpe", min_frequency=1))
    packed = pack_tokenizer(tokenizer)
    names = json.loads(packed.arrays["tokens"].tobytes())
    for left, right, made in packed.arrays["merges"].tolist():
        assert names[left] + names[right] == names[made]
