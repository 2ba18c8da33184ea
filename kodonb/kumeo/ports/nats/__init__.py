"""NATS: durable streams in and out, and a server of one's own where there is none.

keeper ← server, identity ← connecting ← streams ← recall, publishing ← source, target
"""
