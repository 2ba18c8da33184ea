"""Telling: what is counted, measured and said of a workflow at work.

tally ← telling, alerting, shown
"""
