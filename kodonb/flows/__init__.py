"""What users write: flows, steps, and what they say while they run."""
