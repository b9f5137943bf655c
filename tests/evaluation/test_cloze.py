import numpy as np
import pytest

from lmkit.core.errors import DataError
from lmkit.core.seeding import make_generator
from lmkit.evaluation.cloze import (
    Question,
    answer_questions,
    evaluate_cloze,
    read_questions,
    variants_of,
)
from lmkit.evaluation.contrast import ContrastScorer
from lmkit.evaluation.contrast_weights import ContrastWeights
from lmkit.evaluation.sentence_scorer import SentenceScorer
from lmkit.inference.bidirectional import sentence_log_probs
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.directions import Directions
from lmkit.models.ngram.ngram import NGram
from lmkit.models.recurrent.recurrent_lm import RecurrentLM, RecurrentLMConfig
from lmkit.text.tokenizer import Tokenizer, TokenizerConfig

HEADER = "question,a,b,c,d,e,answer\n"
GOOD = (
    'the ___ sat on the mat,cat,log,on,mat,unicorn,a\n"a dog , ___ the cat .",on,saw,a,the,mat,b\n'
)


@pytest.fixture
def write(tmp_path):
    def to_file(text):
        path = tmp_path / "cloze.csv"
        path.write_text(text, encoding="utf-8")
        return path

    return to_file


def test_the_most_probable_sentence_is_the_answer(bench, write):
    directions = Directions(forward=bench.model)
    path = write(HEADER + GOOD)
    scorer = SentenceScorer(directions, bench.vocabulary)
    found = evaluate_cloze(scorer, path)
    assert found.questions == 2
    questions = read_questions(path)
    for question, answer in zip(questions, answer_questions(scorer, questions), strict=True):
        texts = [question.text.replace("___", choice) for choice in question.choices]
        scores = sentence_log_probs(
            directions,
            [bench.tokenizer.encode(text) for text in texts],
            line_end_id=bench.tokenizer.line_end_id,
        )
        assert answer == int(scores.argmax())
    assert found.accuracy == found.correct / 2
    assert found.correct >= 1


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "header"),
        (HEADER, "no questions"),
        ("question,a,b,answer\nx ___,1,2,a\n", "header"),
        (HEADER + "the ___ sat,a,b,c,d,e\n", "row 2"),
        (HEADER + "the ___ sat,a,b,c,d,e,f\n", "answer"),
        (HEADER + "the cat sat,a,b,c,d,e,a\n", "blank"),
        (HEADER + "the ___ ___,a,b,c,d,e,a\n", "blank"),
        (HEADER + "the ___ sat,a,b,c,d,e,a,more\n", "row 2 has 8 cells, not 7"),
    ],
)
def test_a_malformed_file_is_refused(write, text, what):
    with pytest.raises(DataError, match=what):
        read_questions(write(text))


def test_a_missing_or_binary_file_is_refused(tmp_path):
    with pytest.raises(DataError, match="cannot read"):
        read_questions(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match=r"header|no text"):
        read_questions(tmp_path / "binary.csv")


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_questions_are_read_in_every_encoding_and_dialect(tmp_path, codec, delimiter):
    rows = [["Question", " a", "b", "c", "d", "e", "answer"], ["un ___ noir", *"vwxyz", "B"]]
    rows += [['"café; ___, \t he said ""go"""', "é", *"wxyz", "a"]]
    path = tmp_path / "cloze.csv"
    path.write_bytes("\r\n".join(map(delimiter.join, rows)).encode(codec))
    assert read_questions(path) == [
        Question("un ___ noir", tuple("vwxyz"), 1),
        Question('café; ___, \t he said "go"', ("é", *"wxyz"), 0),
    ]


def punctuated():
    """A model of words with apostrophes and hyphens in them, cut at punctuation."""
    lines = ["the king's hat, and the queen's hat", "a kind-hearted king met the queen."] * 4
    tokenizer = Tokenizer.train(lines, TokenizerConfig(split="punctuation"))
    end = tokenizer.line_end_id
    ids = [number for line in lines for number in (*tokenizer.encode(line), end)]
    size = tokenizer.vocab_size
    model = NGram.fit(np.array(ids), vocab_size=size, line_end_id=end, order=2)
    return SentenceScorer(Directions(forward=model), Vocabulary(tokenizer))


@pytest.mark.parametrize(
    ("text", "choices", "answer"),
    [
        ("the ___'s hat", ("hat", "met", "queen", "kind", "a"), 2),
        ("a ___-hearted king", ("king", "queen", "hat", "kind", "met"), 3),
    ],
)
def test_a_choice_that_makes_an_unknown_word_is_left_out(text, choices, answer):
    assert answer_questions(punctuated(), [Question(text, choices, answer)]) == [answer]


def test_where_every_choice_makes_an_unknown_word_all_are_scored():
    question = Question("the ___-hatted king", ("king", "met", "queen", "kind", "a"), 0)
    assert answer_questions(punctuated(), [question])[0] in range(5)


def test_punctuation_beside_a_blank_leaves_no_choice_out():
    scorer = punctuated()
    question = Question("the ___, and", ("met", "hat", "king's", "kind", "a"), 1)
    texts = [question.text.replace("___", choice) for choice in question.choices]
    found = scorer.scores(scorer.vocabulary.tokenizer.encode_lines(texts))
    assert answer_questions(scorer, [question]) == [int(found.argmax())]


def test_choices_are_compared_by_contrast_too(bench, write):
    config = RecurrentLMConfig(
        vocab_size=bench.tokenizer.vocab_size, hidden=6, embedding=4, head="full"
    )
    network = RecurrentLM(config, make_generator(1)).eval()
    directions = Directions(forward=network)
    weights = ContrastWeights(own=0.0, others=0.0, ngram=1.0, similarity=0.0)
    scorer = ContrastScorer(directions, bench.vocabulary, network, bench.model, weights)
    questions = read_questions(write(HEADER + GOOD))
    by_ngram = SentenceScorer(Directions(forward=bench.model), bench.vocabulary)
    assert answer_questions(scorer, questions) == answer_questions(by_ngram, questions)
    assert evaluate_cloze(scorer, write(HEADER + GOOD)).questions == 2


def test_variants_are_the_ids_of_each_whole_question(bench, write):
    for question in read_questions(write(HEADER + GOOD)):
        variants = variants_of(bench.tokenizer, question)
        for choice, middle in zip(question.choices, variants.middles, strict=True):
            text = question.text.replace("___", choice)
            ids = [*variants.left, *middle, *variants.right]
            assert ids == bench.tokenizer.encode(text)
