from __future__ import annotations

import base64
import io
import subprocess
import sys
from unittest.mock import MagicMock

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from kodonb.flows.mime import bundle

PNG = b"\x89PNG\r\n\x1a\n"


class Rich:
    """Has the methods that it is made with."""

    def __init__(self, **methods):
        for name, made in methods.items():
            setattr(self, f"_repr_{name}_", lambda made=made: made)

    def __repr__(self):
        return "rich"


def decoded(text):
    return base64.b64decode(text, validate=True)


def test_a_plain_object_shows_its_repr_and_a_text_itself():
    assert bundle([1, "a"]) == {"text/plain": "[1, 'a']"}
    assert bundle("it's at 0x12\n") == {"text/plain": "it's at 0x12\n"}
    assert bundle(None) == {"text/plain": "None"}


def test_every_method_gives_its_mime_type_and_none_gives_nothing():
    shown = bundle(
        Rich(html="<b>", svg="<svg/>", markdown="*m*", latex="$x$", json={"a": 1}, png=b"p", jpeg=None)
    )
    assert shown == {
        "text/html": "<b>",
        "image/svg+xml": "<svg/>",
        "text/markdown": "*m*",
        "text/latex": "$x$",
        "application/json": {"a": 1},
        "image/png": base64.b64encode(b"p").decode(),
        "text/plain": "rich",
    }


def test_data_with_metadata_loses_the_metadata():
    assert bundle(Rich(png=(b"p", {"width": 3})))["image/png"] == base64.b64encode(b"p").decode()
    assert bundle(Rich(mimebundle=({"text/html": "<i>"}, {})))["text/html"] == "<i>"


def test_a_bundle_of_the_object_comes_before_its_other_methods():
    class Both:
        def _repr_mimebundle_(self, include=None, exclude=None):
            return {"text/html": "bundle", "image/png": PNG, "text/plain": "<Both at 0x7f00>"}

        def _repr_html_(self):
            raise AssertionError

        def _repr_latex_(self):
            return "$l$"

    shown = bundle(Both())
    assert decoded(shown.pop("image/png")) == PNG
    assert shown == {"text/html": "bundle", "text/latex": "$l$", "text/plain": "<Both>"}


def test_bytes_of_text_become_text():
    assert bundle(Rich(svg=b"<svg/>"))["image/svg+xml"] == "<svg/>"


def test_a_failing_method_is_left_out_and_told():
    class Broken(Rich):
        def _repr_html_(self):
            raise ValueError("no\nhtml")

        def _repr_mimebundle_(self):
            raise KeyError

    assert bundle(Broken(markdown="m")) == {
        "text/markdown": "m",
        "text/plain": "rich\n(_repr_mimebundle_ failed: KeyError)\n(_repr_html_ failed: ValueError: no)",
    }


def test_an_object_without_a_working_repr_is_still_shown():
    class Mute:
        def __repr__(self):
            raise RuntimeError("mute")

    assert bundle(Mute())["text/plain"].endswith("Mute object>\n(repr failed: RuntimeError: mute)")


def test_addresses_are_removed():
    class Foo:
        pass

    def run(): ...

    assert bundle(Foo())["text/plain"].endswith("Foo object>")
    assert bundle([run])["text/plain"].endswith("run>]")


def test_classes_and_objects_that_have_every_attribute_are_not_asked():
    class Nosy:
        def __getattr__(self, name):
            raise RuntimeError(name)

    assert set(bundle(Rich)) == set(bundle(MagicMock())) == set(bundle(Nosy())) == {"text/plain"}


def test_a_data_frame_and_its_style_are_shown_as_html():
    frame = pd.DataFrame({"a": [1]})
    assert "<table" in bundle(frame)["text/html"]
    assert bundle(frame)["text/plain"] == repr(frame)


def test_a_figure_is_drawn_without_pyplot():
    figure = Figure()
    figure.subplots().plot([1, 2])
    shown = bundle(figure)
    assert decoded(shown["image/png"]).startswith(PNG)
    assert shown["text/plain"].startswith("<Figure size")


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK", "F", "RGBA"])
def test_an_image_is_shown_as_one_png_whatever_its_mode(mode):
    shown = bundle(Image.new(mode, (3, 2)))
    assert set(shown) == {"image/png", "text/plain"}
    assert Image.open(io.BytesIO(decoded(shown["image/png"]))).size == (3, 2)
    assert "0x" not in shown["text/plain"]


def test_an_image_that_cannot_be_drawn_is_still_shown_as_text():
    shown = bundle(Image.new("RGB", (0, 0)))
    assert "PIL.Image.Image" in shown["text/plain"]


def test_showing_loads_neither_ipython_nor_matplotlib():
    code = (
        "import sys; from kodonb.flows.mime import bundle; bundle(3)\n"
        "assert not {'IPython', 'matplotlib', 'PIL'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
