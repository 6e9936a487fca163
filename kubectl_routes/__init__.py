"""kubectl-routes: the VPC routes of Kubernetes nodes on Alibaba Cloud, intended and actual."""

__version__ = "0.1.0"
