"""Lexicon of the grammar: subjects with their verbs, objects, places and times."""

from dataclasses import dataclass
from typing import Literal

Number = Literal["singular", "plural"]
NUMBERS: tuple[Number, ...] = ("singular", "plural")


@dataclass(frozen=True, slots=True)
class Word:
    """A noun or verb in both numbers."""

    singular: str
    plural: str

    def form(self, number: Number) -> str:
        """Return the word in a number."""
        return self.singular if number == "singular" else self.plural


def opposite(number: Number) -> Number:
    """Return the other number."""
    return "plural" if number == "singular" else "singular"


def _noun(singular: str, plural: str = "") -> Word:
    return Word(singular, plural or singular + "s")


def _verb(base: str, third: str = "") -> Word:
    return Word(third or base + "s", base)


# Each subject with what it does, most usual first; a verb with objects takes one of them.
SUBJECTS: dict[Word, tuple[str, ...]] = {
    _noun("dog"): ("bark", "run", "chase", "sleep"),
    _noun("cat"): ("sleep", "purr", "chase", "hide"),
    _noun("baker"): ("bake", "work", "sell", "sing"),
    _noun("farmer"): ("work", "plant", "feed", "sell"),
    _noun("bird"): ("sing", "fly", "eat", "hide"),
    _noun("teacher"): ("read", "write", "speak", "work"),
    _noun("child", "children"): ("play", "run", "eat", "read"),
    _noun("sailor"): ("sail", "sing", "drink", "sleep"),
    _noun("painter"): ("paint", "work", "drink", "smile"),
    _noun("doctor"): ("help", "work", "write", "smile"),
    _noun("king"): ("rule", "speak", "sleep", "eat"),
    _noun("horse"): ("run", "eat", "sleep", "jump"),
    _noun("woman", "women"): ("smile", "read", "work", "drive"),
    _noun("driver"): ("drive", "wait", "drink", "shout"),
    _noun("chef"): ("cook", "work", "cut", "shout"),
    _noun("fish", "fishes"): ("swim", "hide", "jump", "eat"),
}
VERBS: dict[str, Word] = {
    base: _verb(base, third)
    for base, third in {
        **dict.fromkeys(
            [
                "bark",
                "run",
                "sleep",
                "purr",
                "hide",
                "work",
                "sing",
                "sail",
                "speak",
                "play",
                "swim",
            ],
            "",
        ),
        **dict.fromkeys(
            ["smile", "rule", "jump", "wait", "shout", "chase", "bake", "sell", "plant", "feed"], ""
        ),
        **dict.fromkeys(
            ["eat", "read", "write", "drink", "paint", "help", "drive", "cook", "cut"], ""
        ),
        "fly": "flies",
    }.items()
}
OBJECTS: dict[str, tuple[str, ...]] = {
    "chase": ("mouse", "ball", "goat", "leaf"),
    "bake": ("bread", "cake", "pie"),
    "sell": ("bread", "apple", "cake", "egg"),
    "plant": ("tree", "corn", "apple"),
    "feed": ("goat", "hen", "mouse"),
    "eat": ("apple", "bread", "egg", "corn"),
    "read": ("book", "letter", "poem"),
    "write": ("letter", "book", "poem"),
    "drink": ("tea", "water", "milk"),
    "paint": ("wall", "picture", "boat"),
    "help": ("patient", "friend"),
    "drive": ("car", "bus", "truck"),
    "cook": ("soup", "egg", "rice"),
    "cut": ("bread", "apple", "cake"),
}
# Nouns that stand between a subject and its verb and try to draw the agreement to themselves.
ATTRACTORS: tuple[Word, ...] = tuple(
    _noun(name)
    for name in [
        "river",
        "house",
        "tree",
        "table",
        "garden",
        "road",
        "tower",
        "wall",
        "bridge",
        "boat",
        "field",
        "door",
    ]
)
PREPOSITIONS = ("near", "behind", "by", "beside", "under")
ADJECTIVES = ("old", "young", "small", "big", "happy", "quiet")
ADVERBS = (("often",), ("always",), ("never",), ("almost", "always"))
TIMES = (("every", "day"), ("today",), ("at", "night"), ("in", "the", "morning"))
SEEING = tuple(_verb(base) for base in ("see", "like", "know", "follow", "fear"))

PEOPLE = {
    "anna": "her",
    "ben": "his",
    "clara": "her",
    "david": "his",
    "emma": "her",
    "felix": "his",
}
THINGS = ("key", "lamp", "coin", "ring", "cup")
PLACES = ("kitchen", "library", "market", "forest")
