"""A simulated cluster on loopback: both APIs over real sockets, and a player of CCM."""
