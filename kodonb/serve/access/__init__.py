"""Who may do what, and how much: callers, API keys, tokens, rates, bodies.

limits, callers ← keys, provider ← tokens, rates
"""
