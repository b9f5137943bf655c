import numpy as np
import pytest

from lmkit.core.errors import DataError
from lmkit.evaluation.typing import PLACES, evaluate_typing, type_text
from lmkit.inference.complete import complete_word, split_begun
from lmkit.inference.context import read_context
from lmkit.inference.next_words import next_words
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.ngram.ngram import NGram
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

LINES = ["the dog sat on", "a cat <unk> saw"]


def _slow(bench, lines):
    """Every key asked anew, the whole text read each time."""
    end = bench.tokenizer.line_end_id
    ranks, letters, keys, before = [], 0, dict.fromkeys(PLACES, 0), []
    for line in lines:
        for word in line.split():
            if word != "<unk>":
                context = read_context(bench.model, before, line_end_id=end)
                cost = dict.fromkeys(PLACES, len(word) + 1)
                for place in range(len(word)):
                    guesses = next_words(bench.model, bench.vocabulary, context, k=5)
                    if place:
                        begun = split_begun("x " + word[:place])
                        guesses = complete_word(bench.model, bench.vocabulary, context, begun, k=5)
                    shown = [guess.word for guess in guesses]
                    if place == 0:
                        ranks.append(shown.index(word) + 1 if word in shown else 99)
                    for places in PLACES:
                        if word in shown[:places]:
                            cost[places] = min(cost[places], place + 1)
                letters += len(word) + 1
                for places in PLACES:
                    keys[places] += cost[places]
            before += bench.tokenizer.encode(word)
        before.append(end)
    return ranks, {str(places): 1 - count / letters for places, count in keys.items()}


def test_the_figures_are_those_of_asking_at_every_key(bench):
    found = type_text(bench.model, bench.vocabulary, LINES)
    ranks, saved = _slow(bench, LINES)
    assert found.words == 7
    assert found.top1 == pytest.approx(sum(rank == 1 for rank in ranks) / 7)
    assert found.top3 == pytest.approx(sum(rank <= 3 for rank in ranks) / 7)
    assert found.keystroke_savings == pytest.approx(saved)
    assert 0 < found.ms_per_key["p50"] <= found.ms_per_key["p95"]


def test_more_places_save_no_fewer_keys(any_bench):
    found = type_text(any_bench.model, any_bench.vocabulary, LINES[:1])
    assert found.keystroke_savings["5"] >= found.keystroke_savings["3"]
    assert found.top1 <= found.top3 <= found.top5


def test_the_ngram_stands_beside_the_model(bench):
    found = evaluate_typing(bench.model, bench.vocabulary, LINES, ngram=bench.model)
    assert found.ngram is not None
    assert found.ngram.top1 == found.top1
    assert found.to_dict()["ngram"]["words"] == found.words
    assert evaluate_typing(bench.model, bench.vocabulary, LINES).ngram is None


def test_only_so_many_words_are_typed(bench):
    assert evaluate_typing(bench.model, bench.vocabulary, LINES, limit=3).words == 3


def test_no_words_are_refused(bench):
    with pytest.raises(DataError):
        evaluate_typing(bench.model, bench.vocabulary, ["", " "])


def test_a_word_known_with_its_mark_is_wanted_with_it():
    lines = ["mr. smith saw mr. smith"]
    tokenizer = Tokenizer.train(lines, TokenizerConfig(split="spaces"))
    ids = np.array([*tokenizer.encode(lines[0]), tokenizer.line_end_id])
    ngram = NGram.fit(ids, vocab_size=tokenizer.vocab_size, line_end_id=tokenizer.line_end_id)
    vocabulary = Vocabulary(tokenizer)
    assert type_text(ngram, vocabulary, lines).top1 == 1
    glued = type_text(
        ngram, vocabulary, ["mr. smith, saw"]
    )  # "smith," is no token: its mark is typed
    assert (glued.words, glued.top1) == (3, pytest.approx(2 / 3))
