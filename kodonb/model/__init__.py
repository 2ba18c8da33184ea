"""Records: flows, runs, events, captured modules, and errors with codes."""
