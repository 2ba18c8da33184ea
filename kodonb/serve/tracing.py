"""Spans for OpenTelemetry: FastAPI makes those of requests, this module those of launches.

Both cost next to nothing until somebody configures a provider: an application for itself, ``opentelemetry-instrument``,
or `begin`, when the standard environment variables ask for it and the SDK is installed (``kodonb[telemetry]``).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span
    from starlette.types import Scope

RUN: Final = "kodonb.run.id"
"""The attribute that holds the id of a run."""

FLOW: Final = "kodonb.flow.name"
"""The attribute that holds the name of a flow."""

QUIET: Final = frozenset({"/health", "/ready", "/metrics"})
"""Paths whose requests get no span: they are asked every few seconds."""

_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_OTLP: Final = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}

_log = logging.getLogger(__name__)


def settings() -> dict[str, Any]:
    """Return FastAPI's own settings for spans of requests."""
    return {"operation_spans": False, "auto_configure": False, "exclude": is_quiet}


def is_quiet(scope: Scope) -> bool:
    """Return whether a request gets no span."""
    path: str = scope.get("path", "")
    return path.removeprefix(scope.get("root_path", "").rstrip("/")) in QUIET


def begin() -> None:
    """Configure OpenTelemetry, if the environment asks for it, the SDK is there and nobody has done it already."""
    exporters = wanted()
    if not exporters or not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return
    try:
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 - an extra
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        _log.warning("spans are asked for: install kodonb[telemetry]")
        return
    provider = TracerProvider()
    for name in exporters:
        exporter = _exporter(name)
        if exporter is None:
            _log.warning("spans are to be exported by %r: install a package that provides it", name)
        else:
            provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)


def wanted() -> list[str]:
    """Return the names of the exporters that the environment asks for."""
    env = os.environ
    if env.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return []
    told = env.get("OTEL_TRACES_EXPORTER") or ("otlp" if any(map(env.get, _ENDPOINTS)) else "none")
    return [name for name in map(str.strip, told.split(",")) if name and name != "none"]


def _exporter(name: str) -> SpanExporter | None:
    names = [name]
    if name == "otlp":
        protocol = next(filter(None, map(os.environ.get, _PROTOCOLS)), "")
        names = [_OTLP[protocol]] if protocol in _OTLP else list(_OTLP.values())
    for each in names:
        for found in entry_points(group="opentelemetry_traces_exporter", name=each):
            made: SpanExporter = found.load()()
            return made
    return None


@contextmanager
def launching(flow: str) -> Iterator[Span]:
    """Make the span of a launch.

    Args:
        flow: Name of the flow.
    """
    with trace.get_tracer("kodonb.serve").start_as_current_span("launch", attributes={FLOW: flow}) as span:
        yield span


def launched(run: str, *spans: Span) -> None:
    """Say on spans which run was launched."""
    for span in spans:
        span.set_attribute(RUN, run)
