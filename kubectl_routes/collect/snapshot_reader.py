"""Everything at once: which readings start when, and what becomes of those that fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from kubectl_routes import __version__
from kubectl_routes.ccm.cloudconfig import Reading, place_of
from kubectl_routes.collect import background
from kubectl_routes.collect.aliyun_client import ECS, QUOTAS, VPC, AccessKey, RpcApi
from kubectl_routes.collect.clock import Clock
from kubectl_routes.collect.cloud import CloudReading, read_cloud, unread
from kubectl_routes.collect.cloudconfig import flag
from kubectl_routes.collect.cluster import ClusterReading
from kubectl_routes.collect.connection import connect
from kubectl_routes.collect.credentials import load_key
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.document import printable
from kubectl_routes.collect.endpoint import endpoint_url, product_route, vpc_route
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.kubeconfig import Kubeconfig
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.collect.profile import backend_of, is_region, region_of
from kubectl_routes.collect.quota import QUOTA_SECONDS, read_entry_quota, settled_quota
from kubectl_routes.collect.vpc import read_tables
from kubectl_routes.collect.vpc_discovery import discover_vpc
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.errors import CloudError, ClusterError, UsageError
from kubectl_routes.model.message import joined, message
from kubectl_routes.model.snapshot import (
    PART_CLUSTER_CIDR,
    PART_CREDENTIALS,
    PART_NETWORK_PLUGIN,
    PART_REGION,
    PART_VPC_ID,
    Cluster,
    Gap,
    Snapshot,
)

# A VPC has at most ten tables unless its quota was raised; no list is longer than this.
MOST_LISTED = 50


class _Place(Struct, frozen=True):
    """Region and VPC id; ``evidence`` is what shows the VPC, or why it is not known."""

    region: str
    vpc_id: str
    evidence: str


class SnapshotReader:
    """One reading of a cluster and its VPC; ``close`` ends its connections."""

    def __init__(
        self,
        options: CollectOptions,
        env: Mapping[str, str],
        clock: Clock,
        notify: Callable[[str], None],
        kubeconfig: Kubeconfig | None = None,
    ) -> None:
        self._options = options
        self._env = env
        self._clock = clock
        self._notify = notify
        self._kubeconfig = kubeconfig
        self._deadline = Deadline(clock, options.request_timeout)
        self._client: KubeClient | None = None
        self._key = AccessKey("", "", "")
        self._vpc: RpcApi | None = None
        self._ecs: RpcApi | None = None
        self._quotas: RpcApi | None = None

    def run(self) -> Snapshot:
        """Take the snapshot. Raises UsageError and ClusterError."""
        self._check_options()
        taken = self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        cluster, key = self._begin()
        cluster.check()

        place, listed = self._place(cluster)
        cloud, quota = CloudReading(), None
        gaps = self._open_apis(place, key)
        if not gaps:
            place = self._discover(place, cluster, listed)
        gaps += self._unknown(place)
        if gaps:
            names = joined(" and ", (gap.part for gap in gaps))
            cloud = CloudReading(gaps=unread(message("not asked without {names}", names=names)))
        elif self._vpc is not None:
            asked = self._ask_quota(place)
            cloud = read_cloud(self._vpc, place.vpc_id, listed, self._deadline, self._notify)
            quota = settled_quota(asked)

        nodes, node_gaps = cluster.nodes()
        controller, controller_gaps = cluster.controller(nodes)
        pods, pod_gaps = cluster.asked_pods()
        described = self._describe(cluster, controller, place)
        gaps = node_gaps + controller_gaps + pod_gaps + gaps
        if not described.cluster_cidr:
            error = cluster.profile().error
            why = message("({reason})", reason=error.message) if error else ""
            reason = joined(" ", (message("the pod range is not known"), why))
            hint = message("CCM's --cluster-cidr and the ConfigMap of kube-proxy would tell")
            gaps += (Gap(PART_CLUSTER_CIDR, reason, hint),)
        gaps += _plugin_gap(described, cluster.profile().error)
        return Snapshot(
            tool=f"kubectl-routes {__version__}",
            time=taken,
            cluster=described,
            controller=controller,
            nodes=nodes or (),
            vpc=cloud.vpc,
            tables=cloud.tables,
            v_switches=cloud.v_switches,
            entries=cloud.entries,
            entry_quota=quota,
            pods=pods,
            gaps=gaps + cloud.gaps,
        )

    def table_ids(self) -> list[str]:
        """The ids of the VPC's tables, and nothing else of what ``run`` reads; none when the VPC
        is not known. Raises RoutesError.
        """
        self._check_options()
        cluster, key = self._begin()
        place, listed = self._place(cluster)
        if not self._open_apis(place, key):
            place = self._discover(place, cluster, listed)
        if self._vpc is None or not place.vpc_id:
            return []
        return [table.id for table in read_tables(self._vpc, place.vpc_id)]

    def close(self) -> None:
        """End all connections."""
        for opened in (self._client, self._vpc, self._ecs, self._quotas):
            if opened is not None:
                opened.close()

    def _check_options(self) -> None:
        if self._options.region and not is_region(self._options.region):
            raise UsageError(
                message("region {region} is malformed", region=repr(self._options.region)),
                message("regions are written like cn-hangzhou or us-west-1"),
            )
        endpoint_url(self._options.vpc_endpoint or self._env.get("VPC_ENDPOINT", ""))
        for product in ("ECS", "QUOTAS"):
            endpoint_url(self._env.get(f"{product}_ENDPOINT", ""), product)

    def _begin(self) -> tuple[ClusterReading, Future[AccessKey]]:
        """Start to read the cluster, and to look for the key of the VPC API."""
        connection = connect(self._options, self._env, self._kubeconfig)
        self._client = KubeClient(connection, self._deadline)
        cluster = ClusterReading(
            self._client,
            self._deadline,
            self._notify,
            pods=self._options.pods,
            logs=self._options.logs,
            everywhere=self._options.everywhere,
        )
        return cluster, background.start(partial(load_key, self._options.profile, self._env))

    def _open_apis(self, place: _Place, key: Future[AccessKey]) -> tuple[Gap, ...]:
        """Make ready to ask the cloud, or say why it cannot be asked."""
        if not place.region:
            reason = message("no node names it in its providerID or labels")
            return (Gap(PART_REGION, reason, message("give it with --region")),)
        try:
            self._key = background.wait_for(key, self._deadline)
        except CloudError as error:
            return (Gap(PART_CREDENTIALS, error.message, error.hint),)
        except TimeoutError:
            return (
                Gap(
                    PART_CREDENTIALS,
                    message(
                        "no credentials within {seconds} s", seconds=f"{self._deadline.seconds:g}"
                    ),
                ),
            )
        way = vpc_route(self._options.vpc_endpoint, place.region, self._env)
        self._vpc = RpcApi(VPC, self._key, place.region, way, self._deadline)
        return ()

    def _place(self, cluster: ClusterReading) -> tuple[_Place, list[str]]:
        """What the options and the cluster say of region and VPC, and the table ids of the list."""
        config, _ = cluster.cloud_config()
        found = place_of(config.text) if config and config.text else Reading()
        region = self._options.region or region_of(cluster.first_nodes())
        told = printable(found.region)
        sources = (
            ("--vpc-id", printable(self._options.vpc_id or "")),
            ("cloud-config", printable(found.vpc_id)),
        )
        source, vpc_id = next((each for each in sources if each[1]), ("", ""))
        if not vpc_id:
            source, vpc_id = cluster.profile().vpc()
        place = _Place(region or (told if is_region(told) else ""), vpc_id, source)
        return place, [*_listed(printable(found.listed)), *self._options.tables]

    def _discover(self, place: _Place, cluster: ClusterReading, listed: list[str]) -> _Place:
        """The place with the VPC that the cloud shows, where nothing in the cluster names one."""
        if place.vpc_id or self._vpc is None:
            return place
        self._notify(message("looking for the VPC"))
        found = discover_vpc(self._vpc, self._open_ecs, cluster.first_nodes(), listed, self._env)
        error = cluster.profile().error
        denied = error.message if error and not found.vpc_id else ""
        evidence = joined("; ", (found.evidence, denied))
        return replace(place, vpc_id=found.vpc_id, evidence=evidence)

    def _open_ecs(self) -> RpcApi:
        key, region = self._key, self._vpc.region if self._vpc else ""
        way = product_route("ECS", f"ecs.{region}.aliyuncs.com", self._env)
        self._ecs = RpcApi(ECS, key, region, way, self._deadline)
        return self._ecs

    def _unknown(self, place: _Place) -> tuple[Gap, ...]:
        if place.vpc_id:
            return ()
        reason = message("neither cloud-config nor the ConfigMap ack-cluster-profile names it")
        reasons = joined("; ", (reason, place.evidence))
        return (Gap(PART_VPC_ID, reasons, message("give it with --vpc-id")),)

    def _ask_quota(self, place: _Place) -> Future[int]:
        way = product_route("QUOTAS", "quotas.aliyuncs.com", self._env)
        deadline = Deadline(self._clock, QUOTA_SECONDS)
        self._quotas = RpcApi(QUOTAS, self._key, place.region, way, deadline)
        return background.start(partial(read_entry_quota, self._quotas))

    def _describe(self, cluster: ClusterReading, controller: Controller, place: _Place) -> Cluster:
        profile = cluster.profile()
        plugin = cluster.network_plugin()
        noted = backend_of(cluster.first_nodes())
        given = flag("cluster-cidr", controller.command + controller.args)
        client = self._client
        return Cluster(
            context=client.connection.context if client else "",
            server=client.connection.server if client else "",
            server_version=cluster.version(),
            region=place.region,
            vpc_id=place.vpc_id,
            vpc_evidence=place.evidence if place.vpc_id else "",
            cluster_cidr=given if "/" in given else profile.cluster_cidr(),
            cluster_id=profile.value("clusterid"),
            cni=plugin.name or profile.cni() or ("flannel" if noted else ""),
            cni_mode=plugin.mode,
            flannel_backend=profile.flannel_backend() or noted,
            service_cidr=profile.value("servicecidr"),
            network_cidr=profile.cluster_cidr(),
        )


def _plugin_gap(described: Cluster, refused: ClusterError | None) -> tuple[Gap, ...]:
    """That it is not known whether the network plugin needs routes: its ConfigMap is refused."""
    known = described.flannel_backend if described.cni == "flannel" else described.cni_mode
    if known or refused is None or described.cni not in ("flannel", "cilium"):
        return ()
    return (Gap(PART_NETWORK_PLUGIN, refused.message, refused.hint),)


def _listed(text: str) -> list[str]:
    """What looks like a table id in the list, however it is punctuated; what CCM makes of the list
    is not for the reader to judge.
    """
    return [item.strip() for item in text.split(",") if item.strip()][:MOST_LISTED]
