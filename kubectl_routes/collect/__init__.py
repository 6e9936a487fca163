"""The only readers: the Kubernetes API, the VPC API, credentials, and snapshot files."""
