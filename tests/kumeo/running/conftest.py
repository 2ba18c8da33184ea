from __future__ import annotations

from tests.kumeo.ports.conftest import nats_server

__all__ = ["nats_server"]
