"""`%%kumeo` and `%kumeo`: workflows in notebooks.

    texts ← files · remarks, picture ← showing ← defining · events ← asking ← commands · typing, hovering ← magic

A cell's text is checked, drawn, and becomes a flow under the name of its workflow; so everything that `%flow` does
can be done with it.
"""
