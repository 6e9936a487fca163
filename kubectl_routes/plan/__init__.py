"""From a cluster and a wish to the writes that fulfil it, and back; pure."""
