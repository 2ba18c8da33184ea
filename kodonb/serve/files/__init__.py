"""Files that callers send, and those that runs leave.

tus, ranges, whole ← part ← uploads ← filling ← routes; ranges ← downloads ← routes
"""
