"""Kafka as source and target.

connecting ← offsets ← source, target ← making
"""
