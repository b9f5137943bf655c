"""Words right after a sign: those the text had there; without such a sign, those after a space."""

import functools
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from lmkit.inference.context import read_context
from lmkit.inference.fill.after_sign import gains_after_space, has_met, sign_before
from lmkit.inference.fill.candidates import Proposal, propose
from lmkit.inference.fill.config import FillConfig
from lmkit.inference.fill.fill import fill_text
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.directions import Directions
from lmkit.models.ngram.ngram import NGram
from lmkit.text.blanks import Blank
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

SUBWORDS = ("bpe", "unigram", "char")
PLAIN = (
    "the king was walking to the queen and singing slowly",
    "she was talking loudly and the queen was laughing gladly",
    "he is working slowly and she is reading softly",
    "the old kings were talking and the queens were walking",
) * 10
SIGNED = (*PLAIN, *['"well," she said, "we are walking"', '"why," said the king, "not"'] * 30)


@dataclass(frozen=True)
class Counted:
    """An n-gram model of some lines."""

    vocabulary: Vocabulary
    model: NGram

    @property
    def tokenizer(self):
        return self.vocabulary.tokenizer

    def context(self, text):
        ids = self.tokenizer.encode(text)
        return read_context(self.model, ids, line_end_id=self.vocabulary.line_end_id)

    def log_prob(self, text):
        """Natural log-probability of the ids of a line, its end not counted."""
        ids = self.tokenizer.encode(text)
        stream = torch.tensor([[self.vocabulary.line_end_id, *ids[:-1]]])
        prediction, _ = self.model.read(stream, self.model.start(1))
        return float(prediction.log_prob_of(torch.tensor([ids])).double().sum())

    def words_after(self, left):
        """Words after a text and a space, with the log-probabilities of each ending there."""
        return propose(
            self.model,
            self.vocabulary,
            self.context(left),
            Blank(),
            before=f"{left} ",
            proposal=Proposal(shortlist=133),
        )

    def fill(self, text, **options):
        directions = Directions(forward=self.model)
        return fill_text(directions, self.vocabulary, text, FillConfig(**options)).fillings


@functools.cache
def counted(unit, lines):
    size = {"bpe": 330, "unigram": 330, "char": 0}[unit]
    tokenizer = Tokenizer.train(lines, TokenizerConfig(unit=unit, vocab_size=size))
    ids = np.array(tokenizer.encode("\n".join(lines) + "\n"))
    vocabulary = Vocabulary(tokenizer)
    model = NGram.fit(
        ids, vocab_size=tokenizer.vocab_size, line_end_id=vocabulary.line_end_id, order=4
    )
    return Counted(vocabulary, model)


def words_of(lines):
    return {word.strip('",') for line in lines for word in line.split()}


@pytest.fixture(scope="module", params=SUBWORDS)
def plain(request):
    return counted(request.param, PLAIN)


@pytest.fixture(scope="module", params=SUBWORDS)
def signed(request):
    return counted(request.param, SIGNED)


@pytest.mark.parametrize("text", ["(___)", "the (___) was", "he is $___"])
def test_after_a_sign_that_no_text_had_come_the_words_after_a_space(plain, text):
    left = text.split("___")[0].rstrip('($"[')
    found = plain.fill(text, k=4)
    assert found
    assert {filled.words[0] for filled in found} <= set(plain.words_after(left))


@pytest.mark.parametrize("text", ["(___)", '"___"', "$___", 'the king is "___', "€___"])
def test_ends_of_words_are_no_words_after_a_sign(text):
    found = {filled.words[0] for filled in counted("bpe", PLAIN).fill(text, k=6)}
    assert found
    assert found <= words_of(PLAIN)


def test_after_a_sign_that_the_text_had_come_the_words_it_had_there(signed):
    found = [filled.words[0] for filled in signed.fill('"___," said the king', k=2)]
    assert set(found) == {"well", "why"}


@pytest.mark.parametrize("text", ["(___)", "the (___) was", "a$___ and"])
def test_what_follows_is_read_after_the_ids_of_the_filled_text(plain, text):
    """The score of a filling is that of its word after a space, and of the rest read anew."""
    left = text.split("___")[0].rstrip("($")
    after_space = plain.words_after(left)
    found = plain.fill(text, k=3)
    scores = [
        after_space[filled.words[0]]
        + plain.log_prob(filled.text)
        - plain.log_prob(text.split("___")[0] + filled.words[0])
        for filled in found
    ]
    assert scores == sorted(scores, reverse=True)
    logs = [np.log(filled.probability) for filled in found]
    assert np.diff(logs) == pytest.approx(np.diff(scores), abs=1e-3)


def test_choices_after_a_sign_are_weighed_by_the_whole_text(plain):
    first, second = plain.fill("(___) was", choices=("king", "queen"))
    ratio = plain.log_prob(first.text) - plain.log_prob(second.text)
    assert np.log(first.probability / second.probability) == pytest.approx(ratio, abs=1e-3)


def test_a_sign_is_met_where_the_text_had_it(signed, plain):
    for world, expected in ((signed, True), (plain, False)):
        sign = world.tokenizer.encode('"')
        contexts = [world.context("the king said"), world.context("")]
        assert has_met(world.model, world.vocabulary, contexts, sign) is expected


def test_signs_end_a_text_where_no_letter_or_space_does():
    assert sign_before('he said, ("') == '("'
    assert sign_before("the price: $") == "$"
    assert sign_before("a b ") == ""
    assert sign_before("a b") == ""
    assert sign_before("__") == ""
    assert sign_before("…“") == "…“"


def test_gains_lead_from_the_probability_after_a_sign_to_that_after_a_space(plain):
    found = {"king": -1.0, "queen": -2.0}
    gains = gains_after_space(plain.model, plain.vocabulary, plain.context("("), found)
    for word, gain in gains.items():
        glued = plain.log_prob(f"({word}") - plain.log_prob("(")
        assert gain + glued == pytest.approx(found[word], abs=1e-4)
    assert gains_after_space(plain.model, plain.vocabulary, plain.context("("), {}) == {}


@pytest.mark.parametrize("text", ["the well-___ was", "so--___ she said"])
def test_a_beginning_that_ends_in_a_sign_is_no_filling_by_itself(plain, text):
    prefix = text.split("___")[0].split()[-1]
    assert prefix not in {filled.words[0] for filled in plain.fill(text, k=20)}
