"""What the rooms hand to each other: frozen structs, no logic beyond their own invariants."""
