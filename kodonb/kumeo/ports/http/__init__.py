"""HTTP as source and target.

pages · place ← source, target ← making
"""
