"""Checks: from text to a verdict, with all diagnostics in one pass.

    scene ← mappings, names, repeats, ends, subjects, ids, needs, subworkflows, integrations, wiring, orphans, schemas,
    prompts, conditions, units, routing, settings ← checking

A check is a function of a `Scene` (or of the whole `Book`) that yields findings; a new one is one function, named in
`checking.CHECKS`.
"""
