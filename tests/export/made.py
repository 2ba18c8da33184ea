"""Services made by hand, for tests of what is written for them."""

from __future__ import annotations

from kodonb.capture.slicing import Slice
from kodonb.export.service import Exposed, Service
from kodonb.model.flow import FlowMeta, Resources
from kodonb.model.module import Module

GIB = 1024**3


def flow(name="digits", timeout=None, **resources):
    """Return a flow that occupies something."""
    meta = FlowMeta(name=name, title=name.capitalize(), timeout=timeout, resources=Resources(**resources))
    return Exposed(name, name, meta, {}, "", "cell 1")


def service(*flows, package="digits", title="Digits", version="1.2.0", python="3.11.9", commit="c0ffee0"):
    """Return a service of some flows, or of one that wants nothing special."""
    flows = flows or (flow(),)
    source = (
        "import kodonb as kb\n\n"
        + "\n\n".join(f"@kb.flow\ndef {each.function}(): ..." for each in flows)
        + "\n"
    )
    module = Module(entry=flows[0].function, source=source, python=python)
    return Service(
        package=package,
        title=title,
        version=version,
        flows=flows,
        slice=Slice(module, tuple(each.function for each in flows), (), (), ("c1",)),
        requirements={},
        constraints={"kodonb": "0.1.0", "ray": "2.60.0"},
        left=(),
        cases=(),
        provenance={"source": "book.ipynb", "commit": commit, "kodonb": "0.1.0"},
    )


def write(files, folder):
    """Write the files of an export, and return their folder."""
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body.encode() if isinstance(body, str) else body)
    return folder
