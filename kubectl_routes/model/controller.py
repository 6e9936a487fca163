"""The cloud-controller-manager (CCM) as it is installed in the cluster."""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

# What stands for a credential. Valid as base64 too, which is what CCM expects of its own.
REDACTED = "REDACTED"


class ControllerKind(Enum):
    """How CCM runs. UNKNOWN: the workloads could not be read, so nothing can be said. BARE_POD: in
    pods that no DaemonSet or Deployment manages, as static pods are.
    """

    DAEMON_SET = "DaemonSet"
    DEPLOYMENT = "Deployment"
    BARE_POD = "Pod"
    MANAGED = "Managed"
    ABSENT = "Absent"
    UNKNOWN = "Unknown"


class ConfigSourceKind(Enum):
    """Where the file named by --cloud-config comes from."""

    CONFIG_MAP = "ConfigMap"
    SECRET = "Secret"
    HOST_PATH = "HostPath"
    NO_FLAG = "NoFlag"  # --cloud-config is not given
    NOT_MOUNTED = "NotMounted"  # the flag names a path that no readable volume provides
    OTHER = "Other"  # a projected, CSI or other volume that is not followed


# A cloud-config with every setting that CCM knows and fifty tables has 3 kB. What is far larger is
# none, and costs more to read than anybody waits.
LARGEST_CLOUD_CONFIG = 32 * 1024


class CloudConfig(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The cloud-config file that CCM would open, with every secret already replaced.

    ``text`` is None when the content could not be read (``problem`` says why) or does not exist.
    ``missing`` is True when the object or its key is known not to exist: CCM's pod cannot start.
    ``refusals`` say why CCM refuses the real text, by ``json`` (v1) and ``yaml`` (v2); None when
    that text was not examined. ``changed`` is when the object was last written (RFC 3339),
    empty when it does not tell. ``managers`` are the names in its metadata.managedFields.
    """

    source: ConfigSourceKind
    path: str = ""
    namespace: str = ""
    name: str = ""
    key: str = ""
    resource_version: str = ""
    text: str | None = None
    missing: bool = False
    problem: str = ""
    changed: str = ""
    refusals: dict[str, str] | None = None
    managers: tuple[str, ...] = ()


class Volume(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A pod volume: ``kind`` is the API's field name (configMap, secret, hostPath …).

    ``source`` is the referenced object's name, or the path of a hostPath volume; ``items`` maps
    key to path, empty when the volume lists no items (every key is projected).
    """

    name: str
    kind: str = ""
    source: str = ""
    items: dict[str, str] = {}
    optional: bool = False


class VolumeMount(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A volume mount of the CCM container."""

    name: str
    mount_path: str
    sub_path: str = ""
    read_only: bool = False


class Probe(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A probe of the CCM container that opens a port: ``kind`` (livenessProbe …) and ``action``
    (httpGet or tcpSocket) are the API's field names; the number of a named port is looked up.
    """

    kind: str
    action: str
    port: int


class ControllerPod(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One CCM pod. ``waiting`` is the container's waiting reason (CrashLoopBackOff …) or empty."""

    name: str
    node: str = ""
    phase: str = ""
    ready: bool = False
    waiting: str = ""
    message: str = ""
    restarts: int = 0
    started: str = ""


class LogLine(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One line that CCM has written. ``time`` is RFC 3339, or empty when it is not known."""

    text: str
    time: str = ""


class PodLog(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The last lines of one CCM pod, oldest first; ``previous``: of the run before this one."""

    pod: str
    lines: tuple[LogLine, ...] = ()
    previous: bool = False


class Event(Struct, frozen=True, rename="camel", omit_defaults=True):
    """A Kubernetes Event that CCM, or the kubelet for a CCM pod, has written."""

    kind: str
    name: str
    type: str = ""
    reason: str = ""
    message: str = ""
    count: int = 1
    last_seen: str = ""
    component: str = ""


class Controller(Struct, frozen=True, rename="camel", omit_defaults=True):
    """The CCM workload, its pods, and what they say of themselves.

    ``container`` is the name of CCM's container, ``container_index`` its place among the pod's;
    ``env`` are the names of the variables it is given, ``probes`` those that ask a port.
    ``managers`` are the names in its metadata.managedFields: who has written to it. ``logs`` is
    None when they were not requested. ``$(NAME)`` in ``command`` and ``args`` is expanded;
    ``unexpanded`` are the variables whose value could not be read, None when not examined.
    ``written`` are the words of both as they stand in the pod template, empty where none of them
    was expanded. ``others`` are further workloads that run CCM with cloud routes, as
    ``kind namespace/name``. ``owner`` is what a bare pod belongs to, as ``kind name``: of a static
    pod it is its node. ``scope`` is the only namespace that was searched for ``others``, empty
    where all were.
    """

    kind: ControllerKind
    namespace: str = ""
    name: str = ""
    container: str = ""
    image: str = ""
    command: tuple[str, ...] = ()
    args: tuple[str, ...] = ()
    volumes: tuple[Volume, ...] = ()
    mounts: tuple[VolumeMount, ...] = ()
    container_index: int = 0
    env: tuple[str, ...] = ()
    probes: tuple[Probe, ...] = ()
    update_strategy: str = ""
    resource_version: str = ""
    generation: int = 0
    observed_generation: int = 0
    desired: int = 0
    updated: int = 0
    ready: int = 0
    available: int = 0
    cloud_config: CloudConfig | None = None
    pods: tuple[ControllerPod, ...] = ()
    events: tuple[Event, ...] = ()
    managers: tuple[str, ...] = ()
    logs: tuple[PodLog, ...] | None = None
    unexpanded: tuple[str, ...] | None = None
    written: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    owner: str = ""
    scope: str = ""

    @property
    def visible(self) -> bool:
        """Whether CCM runs in the cluster, so that its spec and its pods can be seen."""
        return self.editable or self.kind is ControllerKind.BARE_POD

    @property
    def editable(self) -> bool:
        """Whether a workload in the cluster holds its pod template, so that it can be changed."""
        return self.kind in (ControllerKind.DAEMON_SET, ControllerKind.DEPLOYMENT)

    @property
    def static(self) -> bool:
        """Whether the kubelet of each master runs it from a manifest on that node."""
        return self.kind is ControllerKind.BARE_POD and self.owner.startswith("Node ")
