"""The engine: events fly through the stages of a plan, many at a time.

policy, cache ← stage ← awaited, batched ← calling, plain; inbox, outbox, holding, forking, lanes ← engine
"""
