"""Endpoints: each shows a form and launches a run.

launch, outputs ← entry; repeat ← routes
"""
