"""The face of the package."""

from __future__ import annotations

import subprocess
import sys

import cloudpickle

import kodonb


def test_every_public_name_is_there_and_they_are_sorted() -> None:
    assert all(hasattr(kodonb, name) for name in kodonb.__all__)
    assert kodonb.__all__ == sorted(kodonb.__all__)
    assert dir(kodonb) == kodonb.__all__


def test_the_verb_display_keeps_its_name_when_the_room_is_imported() -> None:
    import kodonb.display

    assert kodonb.display.__module__ == "kodonb.flows.verbs"


def test_the_package_travels_by_name() -> None:
    assert cloudpickle.loads(cloudpickle.dumps(kodonb)) is kodonb


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(kodonb, "nonsense")


def test_importing_the_package_loads_nothing_heavy_and_starts_nothing() -> None:
    program = (
        "import sys, threading, kodonb; "
        "heavy = {'ray', 'pandas', 'pydantic', 'sqlalchemy', 'zmq', 'IPython', 'msgspec'} & set(sys.modules); "
        "assert not heavy, heavy; assert threading.active_count() == 1"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
