"""What takes long: faults, walks, hostile input, canaries, the browser; ``make qa`` runs it."""
