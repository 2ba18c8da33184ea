"""The Ray session: an instance's head, spooler, pool, runners and steps, and its clients."""
