"""The only writers: what changes the cluster or the configuration of its add-ons."""
