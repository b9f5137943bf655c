"""Thinning of varied text, so that it is small enough to learn subwords from.

Learning them takes time and memory by the *distinct* words of a text. A long English text has few;
in one without spaces nearly every stretch is new, and so are the lines of a log or of random bytes.
"""

import random
import re
from collections.abc import Iterable, Iterator

_WORD = re.compile(r"\n| ?[^ \n]{1,64}| ")  # a word with its space; a long one in parts


def thinned(blocks: Iterable[str], *, stage: int) -> Iterator[str]:
    """Leave out some of the words that are new, ever more of them as a text goes on.

    All words that add up to `stage` bytes are let in, then half of those not met before, after as
    many bytes again a quarter of them, and so on: the distinct words grow with the logarithm of the
    text alone. A word that was let in once always passes, so frequent words keep their counts.

    Args:
        blocks: A text in parts.
        stage: Bytes of distinct words after which the share of new ones is halved.

    Yields:
        The parts, without the words left out; the same for the same text.
    """
    chance = random.Random(0)  # for sampling, not for secrets
    let_in: set[str] = set()
    held = 0
    for block in blocks:
        kept = []
        for word in _WORD.findall(block):
            if word not in let_in:
                if held >= stage and chance.random() >= 0.5 ** (held // stage):
                    continue
                let_in.add(word)
                held += len(word.encode())
            kept.append(word)
        yield "".join(kept)
