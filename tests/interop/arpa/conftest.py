"""A slow reader of ARPA files that knows nothing of lmkit: it follows the format's description."""

import pytest


class ArpaReader:
    """The n-grams of a file as two dictionaries, asked by backing off word by word."""

    def __init__(self, text):
        self.counts, self.log_probs, self.back_offs = {}, {}, {}
        order = 0
        lines = iter(text.split("\n"))
        while next(lines) != "\\data\\":
            pass
        for line in lines:
            if line == "\\end\\":
                break
            if line.startswith("ngram "):
                length, count = line.removeprefix("ngram ").split("=")
                self.counts[int(length)] = int(count)
            elif line.endswith("-grams:"):
                order = int(line[1:].removesuffix("-grams:"))
            elif line:
                fields = line.split("\t")
                words = tuple(fields[1].split(" "))
                assert len(words) == order
                assert words not in self.log_probs
                self.log_probs[words] = float(fields[0])
                self.back_offs[words] = float(fields[2]) if len(fields) == 3 else 0.0

    def log_prob(self, words):
        """Return the logarithm, base 10, of the last of some words after the others."""
        words = tuple(words)
        if words in self.log_probs:
            return self.log_probs[words]
        return self.back_offs.get(words[:-1], 0.0) + self.log_prob(words[1:])

    def sentence(self, words):
        """Return the logarithm of each word of a sentence and of its end."""
        read = ["<s>", *words, "</s>"]
        order = max(self.counts)
        return [
            self.log_prob(read[max(0, place + 1 - order) : place + 1])
            for place in range(1, len(read))
        ]


@pytest.fixture
def read_arpa():
    """The reader of a file's text."""
    return ArpaReader
