"""kubectl-routes: the VPC routes of Kubernetes nodes on Alibaba Cloud, intended and actual."""

from __future__ import annotations

__version__ = "0.1.0"
