"""What is raised over a text that is no condition, no feature or no template."""

from __future__ import annotations


class Malformed(ValueError):
    """A text cannot be read.

    Args:
        message: What is wrong, in the words of E001: expected …, found ….
        at: Number of the character at which it is.
        remedy: What to do about it.
    """

    def __init__(self, message: str, at: int = 0, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.remedy = remedy or "write e.g. amount > 1000 and country in ['DE', 'FR']"
