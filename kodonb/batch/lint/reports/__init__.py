"""What was found, for people and for machines: text ← sarif, github."""
