"""What the language knows by name: sections, sources and targets, contexts, and types of agents with their arguments.

    roles ← arguments ← models, handling, people, modules ← types · endpoints, options, sections

It is data that checks, completion and documentation are made of. A further type of agent is an entry point of the group
`kodonb.agents`.
"""
