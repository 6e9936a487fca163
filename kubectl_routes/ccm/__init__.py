"""What a cloud-controller-manager (CCM) of a version does; no version rule stands elsewhere."""
