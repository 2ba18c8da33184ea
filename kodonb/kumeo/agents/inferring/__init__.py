"""Inference: exact in Bayesian networks, and with trained models.

nodes ← bif, xmlbif ← network ← posterior · features · outcome · onnx, fitted, traced, scripted ← runners
"""

from __future__ import annotations
