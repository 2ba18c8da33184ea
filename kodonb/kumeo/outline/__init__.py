"""What a text defines, both dialects alike, with the places in the text.

    drafts ← values ← endpoints, agents ← sections ← reading · parts

It is what checks go through, and what the records of a program are made of. What does not have the shape that it should
is found here: unknown and repeated sections, agents that are none, sources without a type.
"""
