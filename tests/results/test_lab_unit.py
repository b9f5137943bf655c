"""The arithmetic of a unit as JSON holds it."""

import json

from lmkit.results.lab_unit import GateTerms, UnitTerms


def test_a_unit_turns_into_what_json_can_hold():
    gate = GateTerms(bias=0.5, input=(1.0, 2.0), recurrent=(3.0,), value=0.9)
    found = UnitTerms({"forget": gate}, x=(1.0,), h=(0.0,), cell_before=0.1, cell=0.2, hidden=0.3)
    content = json.loads(json.dumps(found.to_dict()))
    assert content["gates"]["forget"]["input"] == [1.0, 2.0]
    assert content["cell_before"] == 0.1
