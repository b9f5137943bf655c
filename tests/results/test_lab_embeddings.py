"""Neighbours and maps of words."""

from lmkit.results.lab_embeddings import Neighbour, Neighbours, WordMap


def test_neighbours_stand_beside_their_query() -> None:
    answer = Neighbours("dog - dogs + cats", (Neighbour("cat", 0.9), Neighbour("fox", -0.1)))
    assert answer.to_dict() == {
        "query": "dog - dogs + cats",
        "neighbours": (
            {"word": "cat", "similarity": 0.9},
            {"word": "fox", "similarity": -0.1},
        ),
    }


def test_a_map_has_a_point_for_each_word() -> None:
    answer = WordMap(("a", "b"), ((0.0, 1.0), (2.0, 3.0)), (0.6, 0.3))
    assert answer.to_dict() == {
        "words": ("a", "b"),
        "points": ((0.0, 1.0), (2.0, 3.0)),
        "explained": (0.6, 0.3),
    }
