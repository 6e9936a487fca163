"""Everything read from both APIs at one moment: the one thing carried between the rooms."""

from __future__ import annotations

from msgspec import Struct

from kubectl_routes.model.controller import Controller
from kubectl_routes.model.nodes import Node
from kubectl_routes.model.optional_text import OptionalText
from kubectl_routes.model.pods import Pod
from kubectl_routes.model.vpc import EntryQuota, RouteEntry, RouteTable, Vpc, VSwitch

API_VERSION = "kubectl-routes/v1"


class Gap(Struct, frozen=True, rename="camel", omit_defaults=False):
    """Something that could not be read: which part, why, and what to do about it.

    ``part`` names it: for the entries of one table it is ``entries/<table id>``, for a pod that was
    asked for ``pods/<namespace>/<name>``.
    """

    part: str
    reason: str
    hint: str = ""


PART_NODES = "nodes"
PART_CONTROLLER = "controller"
PART_CLOUD_CONFIG = "cloud-config"
PART_PODS = "controller-pods"
PART_EVENTS = "events"
PART_LOGS = "controller-logs"
PART_REGION = "region"
PART_VPC_ID = "vpc-id"
PART_CLUSTER_CIDR = "cluster-cidr"
PART_NETWORK_PLUGIN = "network-plugin"  # how it reaches pods on other nodes
PART_CREDENTIALS = "credentials"
PART_VPC = "vpc"
PART_TABLES = "route-tables"
PART_VSWITCHES = "vswitches"
PART_ENTRIES = "entries/"  # followed by the table id
PART_ASKED_PODS = "pods/"  # followed by namespace/name, or by an address


class Cluster(Struct, frozen=True, rename="camel"):
    """Which cluster, which region, which VPC. Empty text: not known (a gap says why).

    ``cni`` is "flannel", "terway", "calico", "cilium" or empty; ``flannel_backend`` is the type of
    Flannel's backend in lower case, ``cni_mode`` how another plugin carries packets (VXLAN, ENI,
    native …), both empty when that is not known. ``cluster_id`` is the ACK cluster id;
    ``service_cidr`` is the CIDR block of the Services, ``network_cidr`` the pod CIDR block as
    kube-proxy or Flannel has it. ``vpc_evidence`` is what shows that the VPC is
    that of the cluster: an option, a ConfigMap, or what the cloud said.
    """

    context: OptionalText = ""
    server: OptionalText = ""
    server_version: OptionalText = ""
    region: OptionalText = ""
    vpc_id: OptionalText = ""
    cluster_cidr: OptionalText = ""
    cluster_id: OptionalText = ""
    cni: OptionalText = ""
    service_cidr: OptionalText = ""
    network_cidr: OptionalText = ""
    vpc_evidence: OptionalText = ""
    flannel_backend: OptionalText = ""
    cni_mode: OptionalText = ""


class Snapshot(Struct, frozen=True, rename="camel", omit_defaults=False):
    """One reading. ``entries`` holds only the tables whose entries were read to the end;
    a table that is not a key there is unknown, never empty. ``pods`` holds those that were asked
    for, by ``namespace/name`` or by address: nothing under a key says that there is none, and what
    is not a key was not read. ``entry_quota`` is None where nothing was asked. ``time`` is RFC 3339
    UTC.
    """

    tool: str
    time: str
    cluster: Cluster
    controller: Controller
    api_version: str = API_VERSION
    kind: str = "Snapshot"
    nodes: tuple[Node, ...] = ()
    vpc: Vpc | None = None
    tables: tuple[RouteTable, ...] = ()
    v_switches: tuple[VSwitch, ...] = ()
    entries: dict[str, tuple[RouteEntry, ...]] = {}
    pods: dict[str, tuple[Pod, ...]] = {}
    entry_quota: EntryQuota | None = None
    gaps: tuple[Gap, ...] = ()

    def gap(self, part: str) -> Gap | None:
        """The first gap of that part, or None when the part was read."""
        return next((gap for gap in self.gaps if gap.part == part), None)
