"""Pure functions from a Snapshot to what it means."""
