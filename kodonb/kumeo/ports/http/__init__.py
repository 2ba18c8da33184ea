"""HTTP as source and target.

place ← source, target ← making
"""
