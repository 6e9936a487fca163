"""Everything at once: which readings start when, and what becomes of those that fail."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial

from kubectl_routes import __version__
from kubectl_routes.collect import background
from kubectl_routes.collect.access_key import AccessKey
from kubectl_routes.collect.clock import Clock
from kubectl_routes.collect.cloud import CloudReading
from kubectl_routes.collect.cloud import read_cloud
from kubectl_routes.collect.cloud import unread
from kubectl_routes.collect.cloud import warm_up
from kubectl_routes.collect.cloudconfig import flag
from kubectl_routes.collect.cluster import ClusterReading
from kubectl_routes.collect.credentials import load_key
from kubectl_routes.collect.deadline import Deadline
from kubectl_routes.collect.document import legible
from kubectl_routes.collect.endpoint import endpoint_url
from kubectl_routes.collect.endpoint import route
from kubectl_routes.collect.kube import KubeClient
from kubectl_routes.collect.kubeconfig import connect
from kubectl_routes.collect.options import CollectOptions
from kubectl_routes.collect.profile import is_region
from kubectl_routes.collect.profile import region_of
from kubectl_routes.collect.settings import settings_of
from kubectl_routes.collect.vpc import read_tables
from kubectl_routes.collect.vpc_api import VpcApi
from kubectl_routes.model.controller import CloudConfig
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.errors import CloudError
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.snapshot import PART_CLUSTER_CIDR
from kubectl_routes.model.snapshot import PART_CREDENTIALS
from kubectl_routes.model.snapshot import PART_REGION
from kubectl_routes.model.snapshot import PART_VPC_ID
from kubectl_routes.model.snapshot import Cluster
from kubectl_routes.model.snapshot import Gap
from kubectl_routes.model.snapshot import Snapshot

# A VPC has at most ten tables unless its quota was raised; nobody's list is longer than this.
MOST_LISTED = 50


class Survey:
    """One reading of a cluster and its VPC; ``close`` ends its connections."""

    def __init__(
        self,
        options: CollectOptions,
        env: Mapping[str, str],
        clock: Clock,
        notify: Callable[[str], None],
    ) -> None:
        self._options = options
        self._env = env
        self._clock = clock
        self._notify = notify
        self._deadline = Deadline(clock, options.request_timeout)
        self._client: KubeClient | None = None
        self._api: VpcApi | None = None

    def run(self) -> Snapshot:
        """Take the snapshot. Raises UsageError and ClusterError."""
        self._check_options()
        taken = self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        cluster, key = self._begin()
        cluster.check()

        cloud_config, _ = cluster.cloud_config()
        place = self._place(cluster, cloud_config)
        gaps = self._unknown(place, cluster)
        if gaps:
            names = " and ".join(gap.part for gap in gaps)
            cloud = CloudReading(gaps=unread(f"not asked without {names}"))
        else:
            listed = _listed(_settings(cloud_config).get("routetableids", ""))
            listed += self._options.tables
            cloud, gaps = self._ask_cloud(place, key, listed)

        nodes, node_gaps = cluster.nodes()
        controller, controller_gaps = cluster.controller(nodes)
        pods, pod_gaps = cluster.asked_pods()
        described = self._describe(cluster, controller, place)
        gaps = node_gaps + controller_gaps + pod_gaps + gaps
        if not described.cluster_cidr:
            error = cluster.profile().error
            reason = "the pod range is not known" + (f" ({error.message})" if error else "")
            hint = "CCM's --cluster-cidr and the ConfigMap of kube-proxy would tell"
            gaps += (Gap(PART_CLUSTER_CIDR, reason, hint),)
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
            pods=pods,
            gaps=gaps + cloud.gaps,
        )

    def table_ids(self) -> list[str]:
        """The ids of the VPC's tables, and nothing else of what ``run`` reads; none when the VPC
        is not known. Raises RoutesError.
        """
        self._check_options()
        cluster, key = self._begin()
        cloud_config, _ = cluster.cloud_config()
        place = self._place(cluster, cloud_config)
        if not all(place):
            return []
        found = background.outcome(key, self._deadline)
        self._api = self._new_api(place[0], found)
        return [table.id for table in read_tables(self._api, place[1])]

    def close(self) -> None:
        """End all connections."""
        if self._client is not None:
            self._client.close()
        if self._api is not None:
            self._api.close()

    def _check_options(self) -> None:
        if self._options.region and not is_region(self._options.region):
            raise UsageError(
                f"region {self._options.region!r} is malformed",
                "regions are written like cn-hangzhou or us-west-1",
            )
        endpoint_url(self._options.vpc_endpoint or self._env.get("VPC_ENDPOINT", ""))

    def _begin(self) -> tuple[ClusterReading, Future[AccessKey]]:
        """Start to read the cluster, and to look for the key of the VPC API."""
        self._client = KubeClient(connect(self._options, self._env), self._deadline)
        cluster = ClusterReading(
            self._client,
            self._deadline,
            self._notify,
            pods=self._options.pods,
            logs=self._options.logs,
        )
        load = partial(load_key, self._options.profile, self._env)
        return cluster, background.start(partial(warm_up, load))

    def _new_api(self, region: str, key: AccessKey) -> VpcApi:
        way = route(self._options.vpc_endpoint, region, self._env)
        return VpcApi(key, region, way, self._deadline)

    def _place(self, cluster: ClusterReading, config: CloudConfig | None) -> tuple[str, str]:
        """Region and VPC id, each from the options or from what knows it best; empty: unknown."""
        settings = _settings(config)
        region = self._options.region or region_of(cluster.first_nodes())
        vpc_id = legible(self._options.vpc_id or "") or settings.get("vpcid", "")
        told = settings.get("region", "")
        return region or (told if is_region(told) else ""), vpc_id or cluster.profile().value(
            "vpcid"
        )

    def _unknown(self, place: tuple[str, str], cluster: ClusterReading) -> tuple[Gap, ...]:
        region, vpc_id = place
        gaps: tuple[Gap, ...] = ()
        if not region:
            reason = "no node names it in its providerID or labels"
            gaps += (Gap(PART_REGION, reason, "give it with --region"),)
        if not vpc_id:
            error = cluster.profile().error
            reason = "neither the cloud-config nor the ConfigMap ack-cluster-profile names it"
            reason += f" ({error.message})" if error else ""
            gaps += (Gap(PART_VPC_ID, reason, "give it with --vpc-id"),)
        return gaps

    def _ask_cloud(
        self, place: tuple[str, str], key: Future[AccessKey], listed: Iterable[str]
    ) -> tuple[CloudReading, tuple[Gap, ...]]:
        region, vpc_id = place
        try:
            found = background.outcome(key, self._deadline)
        except CloudError as error:
            reading = CloudReading(gaps=unread("not asked without credentials"))
            return reading, (Gap(PART_CREDENTIALS, error.message, error.hint),)
        except TimeoutError:
            reason = f"no credentials within {self._deadline.seconds:g} s"
            reading = CloudReading(gaps=unread("not asked without credentials"))
            return reading, (Gap(PART_CREDENTIALS, reason),)
        self._api = self._new_api(region, found)
        return read_cloud(self._api, vpc_id, listed, self._deadline, self._notify), ()

    def _describe(
        self, cluster: ClusterReading, controller: Controller, place: tuple[str, str]
    ) -> Cluster:
        profile = cluster.profile()
        region, vpc_id = place
        words = controller.command + controller.args
        client = self._client
        return Cluster(
            context=client.connection.context if client else "",
            server=client.connection.server if client else "",
            server_version=cluster.version(),
            region=region,
            vpc_id=vpc_id,
            cluster_cidr=flag("cluster-cidr", words) or profile.cluster_cidr(),
            cluster_id=profile.value("clusterid"),
            cni=cluster.workloads().cni() or profile.cni(),
            service_cidr=profile.value("servicecidr"),
        )


def _listed(text: str) -> list[str]:
    """What looks like a table id in the list, however it is punctuated; what CCM makes of the list
    is not for the reader to judge.
    """
    return [item.strip() for item in text.split(",") if item.strip()][:MOST_LISTED]


def _settings(config: CloudConfig | None) -> dict[str, str]:
    return settings_of(config.text) if config and config.text else {}
