"""From text to a tree that has everything of the text in it, and what is wrong with its syntax.

source · tables ← lexis ← stream · tree ← growing ← automaton ← expected, mending ← parsing
"""
