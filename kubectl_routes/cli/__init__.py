"""argv to one subcommand to an exit code; the only room that prints."""
