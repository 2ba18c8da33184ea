"""What is wrong with a text, and how that is told: to people, to programs, to code scanning.

codes ← diagnostic ← text, sarif · near
"""
