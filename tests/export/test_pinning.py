from __future__ import annotations

from importlib import metadata

from kodonb.export.pinning import closure, requirements


def test_a_closure_holds_what_is_required_by_what_is_required():
    found = closure(["nbclient"])
    assert {"nbclient", "jupyter-client", "traitlets", "python-dateutil", "pyzmq"} <= found.keys()
    assert found["nbclient"] == metadata.version("nbclient")


def test_extras_count_only_where_they_are_asked_for():
    assert "uvicorn" not in closure(["ray"])
    assert "uvicorn" in closure(["ray[serve]"])


def test_kodonb_is_required_by_the_service_itself():
    assert requirements({"pandas": "3", "kodonb": "1"}) == {"pandas": "3"}
