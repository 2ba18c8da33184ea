"""References: what ``writer.output``, ``"stream"`` or ``"a.b ?? c"`` mean in a definition.

quoted · meaning, routes ← scope ← gathering
"""
