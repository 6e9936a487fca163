"""Everything at once: which readings start when, and what becomes of those that fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from kubectl_routes import __version__
from kubectl_routes.ccm.cloudconfig import Reading, place_of
from kubectl_routes.ccm.flags import parse
from kubectl_routes.ccm.releases import behavior_of
from kubectl_routes.collect import background
from kubectl_routes.collect.aliyun_client import ECS, QUOTAS, VPC, RpcApi
from kubectl_routes.collect.clock import Clock
from kubectl_routes.collect.cloud import CloudReading, read_cloud, unread
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
from kubectl_routes.collect.signing import AccessKey
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
    """Region and VPC id; ``evidence`` is what shows the VPC, or why it is not known. ``listed`` are
    the ids of tables that CCM's list and the options name. ``api`` is that of the VPC, None where
    it cannot be asked, and ``gaps`` say why.
    """

    region: str
    vpc_id: str
    evidence: str
    listed: tuple[str, ...]
    key: AccessKey | None = None
    api: RpcApi | None = None
    gaps: tuple[Gap, ...] = ()


class SnapshotReader:
    """One reading of a cluster and its VPC, begun when this is made; ``close`` ends its
    connections. Raises UsageError and ClusterError.
    """

    def __init__(
        self,
        options: CollectOptions,
        env: Mapping[str, str],
        clock: Clock,
        notify: Callable[[str], None],
        kubeconfig: Kubeconfig | None = None,
    ) -> None:
        _check(options, env)
        self._options = options
        self._env = env
        self._clock = clock
        self._notify = notify
        self._deadline = Deadline(clock, options.request_timeout)
        self._taken = clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        self._connection = connect(options, env, kubeconfig)
        self._opened = ExitStack()
        self._opened.callback(self._connection.transport.close)
        self._cluster = ClusterReading(
            KubeClient(self._connection, self._deadline),
            self._deadline,
            notify,
            pods=options.pods,
            logs=options.logs,
            everywhere=options.everywhere,
        )
        self._key = background.start(partial(load_key, options.profile, env))

    def run(self) -> Snapshot:
        """Take the snapshot. Raises UsageError and ClusterError."""
        cluster = self._cluster
        cluster.check()
        place = self._find()
        cloud, quota = CloudReading(), None
        if place.gaps:
            names = joined(" and ", (gap.part for gap in place.gaps))
            cloud = CloudReading(gaps=unread(message("not asked without {names}", names=names)))
        elif place.api is not None and place.key is not None:
            way = product_route("QUOTAS", "quotas.aliyuncs.com", self._env)
            deadline = Deadline(self._clock, QUOTA_SECONDS)
            quotas = self._open(RpcApi(QUOTAS, place.key, place.region, way, deadline))
            asked = background.start(partial(read_entry_quota, quotas))
            cloud = read_cloud(place.api, place.vpc_id, place.listed, self._deadline, self._notify)
            quota = settled_quota(asked)
        nodes, node_gaps = cluster.nodes()
        controller, controller_gaps = cluster.controller(nodes)
        pods, pod_gaps = cluster.asked_pods()
        described = self._describe(controller, place)
        gaps = node_gaps + controller_gaps + pod_gaps + place.gaps
        return Snapshot(
            tool=f"kubectl-routes {__version__}",
            time=self._taken,
            cluster=described,
            controller=controller,
            nodes=nodes or (),
            vpc=cloud.vpc,
            tables=cloud.tables,
            v_switches=cloud.v_switches,
            entries=cloud.entries,
            entry_quota=quota,
            pods=pods,
            gaps=gaps + _network_gaps(described, cluster.profile().error) + cloud.gaps,
        )

    def table_ids(self) -> list[str]:
        """The ids of the VPC's tables, and nothing else of what ``run`` reads; none when the VPC
        is not known. Raises RoutesError.
        """
        place = self._find()
        if place.api is None or not place.vpc_id:
            return []
        return [table.id for table in read_tables(place.api, place.vpc_id)]

    def close(self) -> None:
        """End all connections."""
        self._opened.close()

    def _open(self, api: RpcApi) -> RpcApi:
        self._opened.callback(api.close)
        return api

    def _find(self) -> _Place:
        """The VPC, asked of the cloud where nothing in the cluster names it."""
        place = self._said()
        gaps: list[Gap] = []
        try:
            place = self._with_api(place)
        except CloudError as error:
            gaps.append(Gap(error.code, error.message, error.hint))
        if not place.vpc_id:
            reason = message("neither cloud-config nor the ConfigMap ack-cluster-profile names it")
            reasons = joined("; ", (reason, place.evidence))
            gaps.append(Gap(PART_VPC_ID, reasons, message("give it with --vpc-id")))
        return replace(place, gaps=tuple(gaps))

    def _said(self) -> _Place:
        """What the options and the cluster say."""
        options, cluster = self._options, self._cluster
        config = cluster.cloud_config()
        found = place_of(config.text) if config and config.text else Reading()
        told = printable(found.region)
        region = options.region or region_of(cluster.first_nodes())
        sources = (
            ("--vpc-id", printable(options.vpc_id or "")),
            ("cloud-config", printable(found.vpc_id)),
        )
        source, vpc_id = next((each for each in sources if each[1]), ("", ""))
        if not vpc_id:
            source, vpc_id = cluster.profile().vpc()
        listed = (*_listed(printable(found.listed)), *options.tables)
        return _Place(region or (told if is_region(told) else ""), vpc_id, source, listed)

    def _with_api(self, place: _Place) -> _Place:
        """The place with the way to the VPC API, and with the VPC that it shows. Raises CloudError,
        whose code is the part that is missing.
        """
        region = place.region
        if not region:
            reason = message("no node names it in its providerID or labels")
            raise CloudError(reason, message("give it with --region"), PART_REGION)
        try:
            key = background.wait_for(self._key, self._deadline)
        except CloudError as error:
            raise CloudError(error.message, error.hint, PART_CREDENTIALS) from None
        except TimeoutError:
            seconds = f"{self._deadline.seconds:g}"
            reason = message("no credentials within {seconds} s", seconds=seconds)
            raise CloudError(reason, "", PART_CREDENTIALS) from None
        way = vpc_route(self._options.vpc_endpoint, region, self._env)
        api = self._open(RpcApi(VPC, key, region, way, self._deadline))
        place = replace(place, key=key, api=api)
        if place.vpc_id:
            return place

        def ecs() -> RpcApi:
            way = product_route("ECS", f"ecs.{region}.aliyuncs.com", self._env)
            return self._open(RpcApi(ECS, key, region, way, self._deadline))

        self._notify(message("looking for the VPC"))
        nodes = self._cluster.first_nodes()
        vpc_id, evidence = discover_vpc(api, ecs, nodes, place.listed, self._env)
        refused = self._cluster.profile().error
        denied = refused.message if refused and not vpc_id else ""
        return replace(place, vpc_id=vpc_id, evidence=joined("; ", (evidence, denied)))

    def _describe(self, controller: Controller, place: _Place) -> Cluster:
        profile = self._cluster.profile()
        plugin = self._cluster.network_plugin()
        noted = backend_of(self._cluster.first_nodes())
        words = controller.command + controller.args
        given = parse(words, behavior_of(None), controller.unexpanded).cluster_cidr
        return Cluster(
            context=self._connection.context,
            server=self._connection.server,
            server_version=self._cluster.version(),
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


def _check(options: CollectOptions, env: Mapping[str, str]) -> None:
    """Raise UsageError for what no reading can begin with."""
    if options.region and not is_region(options.region):
        raise UsageError(
            message("region {region} is malformed", region=repr(options.region)),
            message("regions are written like cn-hangzhou or us-west-1"),
        )
    endpoint_url(options.vpc_endpoint or env.get("VPC_ENDPOINT", ""))
    for product in ("ECS", "QUOTAS"):
        endpoint_url(env.get(f"{product}_ENDPOINT", ""), product)


def _network_gaps(described: Cluster, refused: ClusterError | None) -> tuple[Gap, ...]:
    """That the pod range is not known, or whether the network plugin needs routes, because the
    ConfigMap of the latter is ``refused``.
    """
    gaps: tuple[Gap, ...] = ()
    if not described.cluster_cidr:
        why = message("({reason})", reason=refused.message) if refused else ""
        reason = joined(" ", (message("the pod range is not known"), why))
        hint = message("CCM's --cluster-cidr and the ConfigMap of kube-proxy would tell")
        gaps = (Gap(PART_CLUSTER_CIDR, reason, hint),)
    known = described.flannel_backend if described.cni == "flannel" else described.cni_mode
    if known or refused is None or described.cni not in ("flannel", "cilium"):
        return gaps
    return (*gaps, Gap(PART_NETWORK_PLUGIN, refused.message, refused.hint))


def _listed(text: str) -> list[str]:
    """What looks like a table id in the list, however it is punctuated; what CCM makes of the list
    is not for the reader to judge.
    """
    return [item.strip() for item in text.split(",") if item.strip()][:MOST_LISTED]
