"""Names of tokens in an ARPA file."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmkit.interop.arpa.names import escaped, space_of, token_names
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = ["the cat sat , on the mat", "a caf\u00e9 , she said <unk>"] * 3


def trained(unit="word", lines=LINES, **more):
    return Tokenizer.train(lines, TokenizerConfig(unit=unit, **more))


def test_words_between_spaces_are_written_as_they_are():
    tokenizer = trained(split="spaces")
    names = token_names(tokenizer)
    assert [names[number] for number in tokenizer.encode("the cat , yeti\n")] == [
        "the",
        "cat",
        ",",
        "<unk>",
        "</s>",
    ]
    assert space_of(tokenizer) == ""


def test_words_beside_punctuation_keep_a_mark_for_their_space():
    tokenizer = trained(split="punctuation", lines=["the cat, a dog , and the cat, too"] * 3)
    names = token_names(tokenizer)
    assert [names[number] for number in tokenizer.encode("the cat, a")] == [
        "▁the",
        "▁cat",
        ",",
        "▁a",
    ]
    assert space_of(tokenizer) == "▁"


@pytest.mark.parametrize("unit", ["bpe", "unigram"])
def test_tokens_of_bytes_have_the_names_of_tokenizer_json(unit):
    tokenizer = trained(unit)
    names = token_names(tokenizer)
    library = tokenizer.to_library()
    ids = tokenizer.encode("the caf\u00e9 sat")
    assert [names[number] for number in ids] == [library.id_to_token(number) for number in ids]
    assert "".join(names[number] for number in ids).startswith("Ġthe")
    assert space_of(tokenizer) == "Ġ"
    assert "<unk>" not in names


def test_a_space_that_is_a_token_has_a_name():
    tokenizer = trained("char")
    names = token_names(tokenizer)
    assert [names[number] for number in tokenizer.encode("a cat")] == [*"▁a▁cat"]


@pytest.mark.parametrize("unit", ["word", "bpe", "unigram", "char"])
def test_names_are_all_different_and_hold_no_white_space(unit):
    odd = ["<s> </s> <UNK> \\ \\<s> \u2581 \u2581a a\\u2581 the cat\u200bs <unk>"] * 3
    names = token_names(trained(unit, [*LINES, *odd]))
    assert len(set(names)) == len(names)
    assert not any(name.split() != [name] for name in names)
    assert "<s>" not in names
    assert names.count("</s>") == 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="a \t\u2581\\<s>/unk\u3000\u2028", min_size=1), unique=True))
def test_different_tokens_stay_different(texts):
    names = [escaped(text) for text in texts]
    assert len(set(names)) == len(names)
    assert not any(character.isspace() for name in names for character in name)
    assert not {"<s>", "</s>", "<unk>", "<UNK>"} & set(names)


def test_an_escape_can_be_read_back_as_json_reads_it():
    assert escaped("a\u2581b\u3000c") == "a\\u2581b\\u3000c"
    assert json.loads('"' + escaped("a\u2581b\u3000c") + '"') == "a\u2581b\u3000c"
    assert escaped("\\") == "\\\\"
    assert escaped("<s>") == "\\<s>"
