"""Planning: a checked program becomes nodes that know what they wait for and read, and where results go.

plan, reads ← scope ← binding, routes, inlining, order, spares ← planning
"""
