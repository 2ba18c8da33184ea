"""The routes of runs: look, follow, wait, answer, cancel, retry.

messages ← broadcast ← stream; owned, records, results ← routes, questions; leaving
"""
