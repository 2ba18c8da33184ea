"""MIME bundles of objects, as a notebook would show them, without IPython.

The `_repr_*_` protocol is IPython's: https://ipython.readthedocs.io/en/stable/config/integrating.html
"""

from __future__ import annotations

import base64
import inspect
import io
import re
from collections.abc import Callable
from typing import Any, Final

METHODS: Final = {
    "_repr_html_": "text/html",
    "_repr_svg_": "image/svg+xml",
    "_repr_png_": "image/png",
    "_repr_jpeg_": "image/jpeg",
    "_repr_markdown_": "text/markdown",
    "_repr_latex_": "text/latex",
    "_repr_json_": "application/json",
}
"""Methods that show an object, and the MIME type each gives."""

_CANARY: Final = "_kodonb_asks_for_a_method_that_nothing_has_"
_ADDRESS: Final = re.compile(r" at 0x[0-9A-Fa-f]+")


def bundle(obj: Any) -> dict[str, Any]:
    """Show an object.

    A method of the object that fails is left out, and `text/plain` says so.

    Args:
        obj: Any object.

    Returns:
        MIME type -> text, base64 text of bytes, or JSON value; there is always `text/plain`.
    """
    failures: list[str] = []
    shown = _attempt(lambda: _pictured(obj), "image", failures) or {}
    if not shown:
        shown = _declared(obj, failures)
    text = shown.pop("text/plain", None)
    plain = text if isinstance(text, str) else _text(obj, failures)
    plain = plain if isinstance(obj, str) else _ADDRESS.sub("", plain)
    return {**shown, "text/plain": "\n".join([plain, *failures])}


def _declared(obj: Any, failures: list[str]) -> dict[str, Any]:
    """Ask the object's own methods; what its bundle holds is not asked for again."""
    shown = dict(_called(obj, "_repr_mimebundle_", failures) or {})
    for method, mime in METHODS.items():
        if mime not in shown:
            shown[mime] = _called(obj, method, failures)
    return {mime: _sendable(mime, data) for mime, data in shown.items() if data is not None}


def _called(obj: Any, name: str, failures: list[str]) -> Any:
    method = _method(obj, name)
    if method is None:
        return None
    made = _attempt(method, name, failures)
    # Data may come with metadata, which says how large to draw it: `(data, metadata)`.
    return made[0] if isinstance(made, tuple) and len(made) == 2 else made


def _method(obj: Any, name: str) -> Callable[[], Any] | None:
    # A class has the methods of its instances, unbound; proxies and mocks have every method there is.
    if inspect.isclass(obj) or _has(obj, _CANARY):
        return None
    method = getattr(obj, name) if _has(obj, name) else None
    return method if callable(method) else None


def _has(obj: Any, name: str) -> bool:
    try:
        return hasattr(obj, name)
    # `__getattr__` is the user's code; an object that cannot even be asked has no such method.
    except Exception:  # noqa: BLE001 - the answer is no
        return False


def _attempt(make: Callable[[], Any], name: str, failures: list[str]) -> Any:
    try:
        return make()
    # Showing must not fail a run that has done its work.
    except Exception as error:  # noqa: BLE001 - the failure is shown with the object
        failures.append(f"({name} failed: {_line(error)})")
        return None


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ").partition("\n")[0]


def _sendable(mime: str, data: Any) -> Any:
    if not isinstance(data, bytes | bytearray | memoryview):
        return data
    if mime.startswith("text/") or mime == "image/svg+xml":
        return bytes(data).decode(errors="replace")
    return base64.b64encode(data).decode("ascii")


def _pictured(obj: Any) -> dict[str, Any] | None:
    """Draw what has no method that suits us: figures have none, PIL images one for each format."""
    target = io.BytesIO()
    if _is_a(obj, "matplotlib.figure", "Figure"):
        obj.savefig(target, format="png", bbox_inches="tight")
    elif _is_a(obj, "PIL.Image", "Image"):
        _save(obj, target)
    else:
        return None
    return {"image/png": base64.b64encode(target.getvalue()).decode("ascii")}


def _is_a(obj: Any, module: str, name: str) -> bool:
    # By name: neither library is imported for objects that are not theirs.
    return any(c.__module__ == module and c.__name__ == name for c in type(obj).__mro__)


def _save(image: Any, target: io.BytesIO) -> None:
    # PNG knows no CMYK, YCbCr, LAB or floating point.
    fits = image.mode in {"1", "L", "LA", "I", "I;16", "P", "RGB", "RGBA"}
    (image if fits else image.convert("RGB")).save(target, format="PNG")


def _text(obj: Any, failures: list[str]) -> str:
    if isinstance(obj, str):
        return str(obj)
    text = _attempt(lambda: repr(obj), "repr", failures)
    return text if isinstance(text, str) else f"<{type(obj).__qualname__} object>"
