"""Rules for stories: facts (a person is somewhere, or holds a thing) hold until one is changed.

A story is one line of a few sentences about two people and a thing. What has happened decides
what can be said: only who holds the thing can give it, only to somebody in the same place; the
thing is where its holder is; "her" and "his" follow the person. All of that is carried by the
symbols, one for each state of the world.
"""

from dataclasses import dataclass, replace
from itertools import permutations, product

from lmkit.data.grammar.lexicon import PEOPLE, PLACES, THINGS
from lmkit.data.grammar.rules import LINE_END, Rule

STORY = "<story>"


@dataclass(frozen=True, slots=True)
class World:
    """Facts that hold at a point of a story."""

    holder: str
    other: str
    thing: str
    holder_place: str
    other_place: str

    @property
    def symbol(self) -> str:
        """Return the symbol that tells the rest of the story."""
        state = f"{self.holder} {self.other} {self.thing} {self.holder_place} {self.other_place}"
        return f"<world {state}>"


def story_rules() -> dict[str, list[Rule]]:
    """Return the rules of stories, which start from `STORY`."""
    rules: dict[str, list[Rule]] = {
        STORY: [Rule(1, (name, "and", f"<with {name}>")) for name in PEOPLE]
    }
    for name in PEOPLE:
        others = [other for other in PEOPLE if other != name]
        rules[f"<with {name}>"] = [
            Rule(1, (other, "are", "in", "the", f"<place of {name} {other}>")) for other in others
        ]
    for holder, other in permutations(PEOPLE, 2):
        _add_opening(rules, holder, other)
        for thing, here, there in product(THINGS, PLACES, PLACES):
            _add_world(rules, World(holder, other, thing, here, there))
    return rules


def _add_opening(rules: dict[str, list[Rule]], first: str, second: str) -> None:
    """Add openings: two people are somewhere, and one of them has something."""
    rules[f"<place of {first} {second}>"] = [
        Rule(1, (place, ".", f"<who has {first} {second} {place}>")) for place in PLACES
    ]
    for place in PLACES:
        rules[f"<who has {first} {second} {place}>"] = [
            Rule(1, (holder, "has", "a", f"<thing of {holder} {other} {place}>"))
            for holder, other in ((first, second), (second, first))
        ]
        rules[f"<thing of {first} {second} {place}>"] = [
            Rule(1, (thing, ".", World(first, second, thing, place, place).symbol))
            for thing in THINGS
        ]


def _add_world(rules: dict[str, list[Rule]], world: World) -> None:
    """Add the rules of a world: an end, an act of either person, or a fact."""
    tail = world.symbol.removeprefix("<world ")
    rules[world.symbol] = [
        Rule(0.22, (LINE_END,)),
        Rule(0.36, (world.holder, f"<holder does {tail}")),
        Rule(0.18, (world.other, "goes", "to", "the", f"<other goes {tail}")),
        Rule(0.24, ("the", world.thing, "is", f"<fact {tail}")),
    ]
    given = replace(
        world,
        holder=world.other,
        other=world.holder,
        holder_place=world.other_place,
        other_place=world.holder_place,
    )
    gives = Rule(1.5, ("gives", "the", world.thing, "to", world.other, ".", given.symbol))
    rules[f"<holder does {tail}"] = [
        *([gives] if world.holder_place == world.other_place else []),
        Rule(1, ("goes", "to", "the", f"<holder goes {tail}")),
    ]
    rules[f"<holder goes {tail}"] = [
        Rule(1, (place, f"<carrying {replace(world, holder_place=place).symbol[1:]}"))
        for place in PLACES
        if place != world.holder_place
    ]
    rules[f"<carrying {world.symbol[1:]}"] = [
        Rule(1, (".", world.symbol)),
        Rule(1, ("with", PEOPLE[world.holder], world.thing, ".", world.symbol)),
    ]
    rules[f"<other goes {tail}"] = [
        Rule(1, (place, ".", replace(world, other_place=place).symbol))
        for place in PLACES
        if place != world.other_place
    ]
    rules[f"<fact {tail}"] = [
        Rule(1, ("with", world.holder, ".", world.symbol)),
        Rule(1, ("in", "the", world.holder_place, ".", world.symbol)),
    ]
