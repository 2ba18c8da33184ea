"""Sources and targets of workflows."""
