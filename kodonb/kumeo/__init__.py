"""Kumeo: a language for event-driven workflows of heterogeneous agents.

    syntax ← diagnostics · expressions, templates · catalogue ← outline ← references ← program ← checks
    ← writing, editing, graph · highlight

`checks.checking.check` returns the diagnostics of a text, `load` beside it the program that it defines,
`writing.formatted` the text in the one form that there is. Nothing of a text is executed by any of these.
"""
