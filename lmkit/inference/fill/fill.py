"""Fill the blanks of a text with both sides in view.

Candidates are proposed, then each is read together with the right-hand words, many side by side.
Several blanks are filled by beam, left to right. Nothing here knows which model answers.

Words many tokens apart say next to nothing of each other, yet every candidate for a blank is read
together with all that stands between it and the first blank. So blanks far apart are filled one
group after another, each beside the best fillings of those before it.
"""

import math
from collections.abc import Sequence

import torch

from lmkit.inference.context import BidirectionalScorer
from lmkit.inference.fill.blank_variants import known_choices, with_lengths
from lmkit.inference.fill.config import FillConfig, Words
from lmkit.inference.fill.group_search import GroupSearch, Ranked
from lmkit.inference.unknown_words import with_known_variants
from lmkit.inference.vocabulary import Vocabulary
from lmkit.models.directions import Directions
from lmkit.results import Filled, Filling
from lmkit.text.blanks import Template, parse_blanks
from lmkit.text.tokenizer import Tokenizer


def fill_text(
    directions: Directions, vocabulary: Vocabulary, text: str, config: FillConfig
) -> Filling:
    """Fill every blank of a text.

    The probabilities are in proportion to those of the completed texts (the end of the line not
    counted), among the candidates that were read with the whole right-hand side. Blanks far apart
    are taken as independent of each other. At the very end of a text, words of several tokens are
    looked for with their ending counted. Punctuation alone is no filling, unless it is among the
    choices. Where a blank touches other characters, the word they make together has to be known.
    Right after a sign that a subword or character model has hardly met, words other than choices
    are those that stand after a space, as probable as there.

    Args:
        directions: The models that read.
        vocabulary: Their tokens.
        text: A text with at least one blank; an unknown word of it is read as its known variant.
        config: The words allowed, and bounds of the search.

    Returns:
        The best fillings; none where no word fits, e.g. for a beginning no word has.

    Raises:
        UsageError: If there is no blank, or the model does not know one of the choices, alone or
            together with the characters beside its blank.
    """
    template = with_lengths(parse_blanks(text), config)
    read = with_lengths(parse_blanks(with_known_variants(vocabulary, text)), config)
    choices = None if config.choices is None else known_choices(vocabulary, config, read)
    reader = BidirectionalScorer(directions, line_end_id=vocabulary.line_end_id)
    found, is_whole = _search(reader, vocabulary, read, config, choices)
    best = tuple(
        Filled(words, template.fill(words), min(1.0, math.exp(score)))
        for words, score in _best_together(found, config.k)
    )
    return Filling(text=text, fillings=best, candidates=math.prod(map(len, found)), exact=is_whole)


def _search(
    reader: BidirectionalScorer,
    vocabulary: Vocabulary,
    template: Template,
    config: FillConfig,
    choices: Words | None,
) -> tuple[list[Ranked], bool]:
    """Return the fillings of each group of blanks, and whether those are all there are."""
    groups = _groups_of_blanks(vocabulary.tokenizer, template, config)
    found: list[Ranked] = []
    is_whole = len(groups) == 1
    for group in groups:
        best = _best_together(found, 1)
        if not best:  # no word fits into a blank before
            break
        part = _part_of(template, group, best[0][0])
        ranked, has_all = GroupSearch(reader, vocabulary, part, config, choices).run()
        found.append(ranked)
        is_whole = is_whole and has_all
    return found, is_whole


def _groups_of_blanks(
    tokenizer: Tokenizer, template: Template, config: FillConfig
) -> tuple[range, ...]:
    """Return the numbers of the blanks that are filled together.

    Args:
        tokenizer: Cuts the text between blanks into tokens.
        template: The text with its blanks.
        config: `span` and `together` bound a group.

    Returns:
        Consecutive ranges, which hold all blanks.
    """
    groups, begin, span = [], 0, 0
    for number, segment in enumerate(template.segments[1:-1], start=1):
        span += 1 + len(tokenizer.encode_inside(segment))
        if span > config.span or number - begin == config.together:
            groups.append(range(begin, number))
            begin, span = number, 0
    return (*groups, range(begin, len(template.blanks)))


def _part_of(template: Template, group: range, before: Words) -> Template:
    """Return the text of one group, up to the next blank after it.

    Args:
        template: The text with all blanks.
        group: Numbers of the blanks.
        before: The words for the blanks before the group.
    """
    segments, blanks = template.segments, template.blanks
    left = Template(segments[: group.start + 1], blanks[: group.start]).fill(before)
    return Template(
        (left, *segments[group.start + 1 : group.stop + 1]), blanks[group.start : group.stop]
    )


def _best_together(groups: Sequence[Ranked], k: int) -> Ranked:
    """Return the most probable fillings of all groups, which are taken as independent.

    Args:
        groups: The fillings of each, with log-probabilities up to a constant.
        k: Fillings wanted.

    Returns:
        At most k fillings; the probabilities of all there are would sum to 1.
    """
    best: Ranked = [((), 0.0)]
    for ranked in groups:
        total = torch.logsumexp(torch.tensor([score for _, score in ranked] or [0.0]), 0).item()
        best = [
            (before + words, math.fsum((already, score, -total)))
            for before, already in best
            for words, score in ranked[:k]
        ]
        best = sorted(best, key=lambda item: (-item[1], item[0]))[:k]
    return best
