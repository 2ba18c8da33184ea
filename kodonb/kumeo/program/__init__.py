"""What a checked text says, as records: all that a run time needs, without the text.

values ← records ← making, wires ← building · form
"""
