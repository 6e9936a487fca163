"""What could not be read."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

PROSE = {
    "RT901": Prose(
        title="a part of the cluster could not be read",
        why="What could not be read is unknown, never fine: the checks that need it say nothing.",
        causes={
            "": "Could not read {parts}: the answer is incomplete.",
            "evidence": "Could not read {parts}: there is less evidence, the answer is whole.",
        },
        evidence={"gap": "{part}: {reason} {hint}"},
        remedies={
            "": "Allow what deploy/clusterrole-read.yaml allows.",
        },
    ),
    "RT902": Prose(
        title="a part of the VPC could not be read",
        why=(
            "What could not be read is unknown, never fine. A wrong region or account reads as an"
            " empty VPC."
        ),
        causes={"": "Could not read {parts}: the answer is incomplete."},
        evidence={"gap": "{part}: {reason} {hint}"},
        remedies={"": "Give credentials, or allow what deploy/ram-policy-read.json allows."},
    ),
    "RT903": Prose(
        title="managed cluster: CCM cannot be seen",
        why=(
            "In an ACK managed cluster CCM runs in Alibaba Cloud's control plane. Its flags, list,"
            " version and log are out of sight; editing objects of kube-system has no effect."
            " Routes, node conditions and Events can be seen, and are judged. The list is set in"
            " the configuration of the add-on Cloud Controller Manager (routeTableIDs), from"
            " Kubernetes 1.18 and CCM v2.4.0 on."
        ),
        causes={"": "CCM is judged from outside only: by routes, conditions and Events."},
        evidence={"masters": "no CCM workload in kube-system, and no master node"},
        remedies={"": "Nothing to mend. kubectl routes enable sets the list through the ACK API."},
    ),
    "RT904": Prose(
        title="a permission to write is missing",
        why="enable changes a ConfigMap and a workload; it asks beforehand whether it may.",
        causes={"": "The cluster does not allow you to {verb} {resource} in {namespace}."},
        evidence={"denied": "SelfSubjectAccessReview: {verb} {resource} is denied"},
        remedies={"": "Have the rights of enable granted to you, or let somebody do it who may."},
    ),
}
