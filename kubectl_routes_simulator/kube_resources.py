"""The resources that the simulated cluster serves, and what a request path asks of them."""

from __future__ import annotations

from msgspec import Struct

READ_VERBS = ("get", "list", "watch")
_CHANGE_VERBS = ("delete", "deletecollection", "get", "list", "patch", "update", "watch")
WRITE_VERBS = ("create", *_CHANGE_VERBS)
_STATUS_VERBS = ("get", "patch", "update")


class Resource(Struct, frozen=True):
    """One resource as discovery shows it. ``name`` is the plural in lower case; ``group`` is empty
    for the core group. ``subresources`` are those a GET answers; ``fields`` are the field labels
    that selectors may use beside metadata.name and metadata.namespace.
    """

    group: str
    version: str
    name: str
    kind: str
    namespaced: bool = True
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    subresources: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    verbs: tuple[str, ...] = READ_VERBS

    @property
    def writable(self) -> bool:
        """Whether clients can change the objects."""
        return "update" in self.verbs

    def verbs_of(self, subresource: str) -> tuple[str, ...]:
        """The verbs of a subresource, or of the resource itself for an empty name."""
        if not subresource:
            return self.verbs
        return _STATUS_VERBS if subresource == "status" and self.writable else ("get",)

    @property
    def api_version(self) -> str:
        """``v1`` or ``group/version``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def qualified(self) -> str:
        """``nodes`` or ``daemonsets.apps``, as messages of the API server name it."""
        return f"{self.name}.{self.group}" if self.group else self.name


_EVENT_FIELDS = (
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
)
_POD_FIELDS = (
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
)
_ALL = ("all",)

RESOURCES = (
    Resource("", "v1", "configmaps", "ConfigMap", short_names=("cm",), verbs=WRITE_VERBS),
    Resource(
        "", "v1", "events", "Event", short_names=("ev",), fields=_EVENT_FIELDS, verbs=WRITE_VERBS
    ),
    Resource(
        "",
        "v1",
        "namespaces",
        "Namespace",
        namespaced=False,
        short_names=("ns",),
        subresources=("status",),
        fields=("status.phase",),
        verbs=WRITE_VERBS,
    ),
    Resource(
        "",
        "v1",
        "nodes",
        "Node",
        namespaced=False,
        short_names=("no",),
        subresources=("status",),
        fields=("spec.unschedulable",),
        verbs=WRITE_VERBS,
    ),
    Resource(
        "",
        "v1",
        "pods",
        "Pod",
        short_names=("po",),
        categories=_ALL,
        subresources=("log", "status"),
        fields=_POD_FIELDS,
        verbs=_CHANGE_VERBS,
    ),
    Resource("", "v1", "secrets", "Secret", fields=("type",), verbs=WRITE_VERBS),
    Resource("", "v1", "serviceaccounts", "ServiceAccount", short_names=("sa",), verbs=WRITE_VERBS),
    Resource(
        "",
        "v1",
        "services",
        "Service",
        short_names=("svc",),
        categories=_ALL,
        subresources=("status",),
        fields=("spec.clusterIP", "spec.type"),
    ),
    Resource("apps", "v1", "controllerrevisions", "ControllerRevision"),
    Resource(
        "apps",
        "v1",
        "daemonsets",
        "DaemonSet",
        short_names=("ds",),
        categories=_ALL,
        subresources=("status",),
        verbs=WRITE_VERBS,
    ),
    Resource(
        "apps",
        "v1",
        "deployments",
        "Deployment",
        short_names=("deploy",),
        categories=_ALL,
        subresources=("status",),
        verbs=WRITE_VERBS,
    ),
    Resource("coordination.k8s.io", "v1", "leases", "Lease", verbs=WRITE_VERBS),
    *(
        Resource(
            "rbac.authorization.k8s.io",
            "v1",
            f"{kind.lower()}s",
            kind,
            namespaced=not kind.startswith("Cluster"),
            verbs=WRITE_VERBS,
        )
        for kind in ("ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding")
    ),
    Resource(
        "authentication.k8s.io",
        "v1",
        "selfsubjectreviews",
        "SelfSubjectReview",
        namespaced=False,
        verbs=("create",),
    ),
    Resource(
        "authorization.k8s.io",
        "v1",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        namespaced=False,
        verbs=("create",),
    ),
)
_BY_PATH = {(item.group, item.version, item.name): item for item in RESOURCES}
_GROUP_VERSIONS = {(item.group, item.version) for item in RESOURCES}
_BY_KIND = {(item.api_version, item.kind): item for item in RESOURCES}


def resource_of_kind(api_version: str, kind: str) -> Resource:
    """The resource of an object's apiVersion and kind. Raises LookupError for one not served."""
    found = _BY_KIND.get((api_version, kind))
    if found is None:
        raise LookupError(f"the simulated cluster does not serve {api_version} {kind}")
    return found


class Target(Struct, frozen=True):
    """What a resource path names, before anyone knows whether it exists.

    Empty text stands for what the path leaves out; an empty ``namespace`` is the cluster scope.
    """

    group: str
    version: str
    resource: str
    namespace: str = ""
    name: str = ""
    subresource: str = ""

    @property
    def group_is_served(self) -> bool:
        """Whether anything of this group and version is served."""
        return (self.group, self.version) in _GROUP_VERSIONS

    @property
    def served(self) -> Resource | None:
        """The resource, or None when the simulated cluster does not serve it, or not in this
        scope: an object of the cluster scope has no path below a namespace.
        """
        found = _BY_PATH.get((self.group, self.version, self.resource))
        if found is None or found.name == "namespaces":
            return found
        return None if self.namespace and not found.namespaced else found


def target_of(path: str) -> Target | None:
    """Read ``/api/v1/…`` or ``/apis/GROUP/VERSION/…``; None for every other path."""
    parts = [part for part in path.split("/") if part]
    if parts[:1] == ["api"] and len(parts) > 2:
        group, version, rest = "", parts[1], parts[2:]
    elif parts[:1] == ["apis"] and len(parts) > 3:
        group, version, rest = parts[1], parts[2], parts[3:]
    else:
        return None
    namespace = ""
    if rest[0] == "namespaces" and len(rest) > 1:
        namespace = rest[1]
        if len(rest) > 2 and rest[2] not in ("status", "finalize"):
            rest = rest[2:]
    if len(rest) > 3:
        return None
    resource, name, subresource = (*rest, "", "")[:3]
    return Target(group, version, resource, namespace, name, subresource)
