"""Kumeo: a language for event-driven workflows of heterogeneous agents.

    syntax ← diagnostics · expressions, templates · catalogue ← outline ← references ← program ← checks
    ← writing, editing, graph

A text is parsed, checked and formatted here; nothing of it is executed.
"""
