"""Files as sources and targets: a message a line or a row.

rows ← tail ← source · target ← making
"""
