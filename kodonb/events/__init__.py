"""The event log, and how events get into it and out of it."""
