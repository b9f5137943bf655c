from lmkit.results.prepare import PreparedParts


def test_the_fields_are_those_that_other_programs_read():
    answer = PreparedParts(
        out="ids",
        complete=False,
        parts=8,
        counted=4,
        encoded=0,
        words=None,
        tokens=None,
        valid_words=None,
        vocabulary=None,
        unknown_fraction=None,
        megabytes=12.5,
        seconds=5.0,
        megabytes_per_second=2.5,
    )
    found = answer.to_dict()
    assert (found["complete"], found["counted"], found["words"]) == (False, 4, None)
    assert found["megabytes_per_second"] == found["megabytes"] / found["seconds"]
