"""Which function of a cell is the flow."""

import pytest

from kodonb.capture import find_flow
from kodonb.model.errors import FlowError


def refused(body, name="train"):
    with pytest.raises(FlowError) as caught:
        find_flow(body, name, label="Cell In[4]", offset=1)
    return caught.value


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("def other(): pass\ndef train(): other()\ndef third(): pass", "train"),
        ("async def train(): pass", "train"),
        ("@kb.step\ndef load(): pass\n@step(retries=2)\ndef fit(): pass\ndef main(): fit(load())", "main"),
        ("def helper(): pass\n@kb.flow(title='x')\ndef main(): pass", "main"),
        ("import math\nLIMIT = 3\ndef helper(): pass\ndef main(): return helper()", "main"),
        ("def main(): return main()", "main"),
        ("def old(): pass\ndef main(x=old): pass\ndef main(x=old): yield 1", "main"),
    ],
)
def test_the_flow_is_found(body, found):
    assert find_flow(body, "train") == found


def test_a_dash_in_the_name_stands_for_an_underscore():
    assert find_flow("def a(): pass\ndef my_flow(): pass", "my-flow") == "my_flow"


def test_a_body_without_a_flow_is_refused():
    error = refused("import math\n@step\ndef fit(): pass")
    assert (error.code, error.where) == ("KN201", "Cell In[4], line 1")


def test_several_candidates_are_named_with_their_lines():
    error = refused("def one(): pass\n\ndef two(): pass")
    assert error.code == "KN202"
    assert "`one` (line 2), `two` (line 4)" in error.message


def test_two_marked_flows_are_named():
    assert refused("@flow\ndef one(): pass\n@flow\ndef two(): one()").code == "KN202"


def test_a_syntax_error_is_shown_with_a_caret():
    error = refused("def train():\n    return (1 +\n")
    assert (error.code, error.where) == ("KN203", "Cell In[4], line 3")
    assert "    return (1 +\n               ^" in error.message
