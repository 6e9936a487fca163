"""Pure functions from an answer to text, and nothing else."""
