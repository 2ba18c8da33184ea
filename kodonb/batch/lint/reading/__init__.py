"""Reads a cell: what it says in Python, what its magics may do beside, and what names it reads and binds, in order.

escapes · uses, local, unseen ← walk ← scopes ← scan ← code
"""
