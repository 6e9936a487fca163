"""How CCM is installed, and whether it runs."""

from __future__ import annotations

from kubectl_routes.model.catalogue import Prose

PROSE = {
    "RT102": Prose(
        title="cloud-config is refused by this CCM",
        why=(
            "CCM exits when it cannot decode the file, and with it all that it does: routes, load"
            " balancers, new nodes. v1 wants strict JSON: quoted keys, no trailing comma. v2 reads"
            " YAML. routeTableIDs must be one string in both; a list of strings is refused."
        ),
        causes={"": "{version} exits at start: {error}."},
        evidence={"pod": "pod {pod}: {state}, {restarts:restart|restarts} {message}"},
        remedies={
            "": "Write strict JSON, which every release reads; every other key of the file is"
            " kept. Where the file cannot be understood at all, correct it by hand:"
            " kubectl -n {namespace} edit configmap {config}.",
        },
    ),
    "RT109": Prose(
        title="CCM runs with an older cloud-config",
        why=(
            "CCM reads the file at start. v2 reads it again every ten minutes when its AccessKey is"
            " in it, otherwise never: a ConfigMap that was edited has no effect until CCM's pods"
            " start anew."
        ),
        causes={
            "log": 'Pod {pod} works with the list "{shown}", as its log says; the ConfigMap holds'
            " another one.",
            "changed": "cloud-config was changed at {changed}, after pod {pod} had read it. CCM may"
            " still work with an older list.",
        },
        evidence={"log": "pod {pod} wrote: {line}"},
        remedies={
            "": "Restart CCM, one pod after the other. With updateStrategy OnDelete its pods have"
            " to be deleted.",
        },
    ),
    "RT110": Prose(
        title="cloud-config does not reach CCM",
        why=(
            "Four things have to agree: --cloud-config names a path, a mount provides it, its"
            " volume names an object, and the object has the key. Where one is wrong the pod does"
            " not start, or CCM exits, or, in v1, works without a list."
        ),
        causes={
            "no-flag": "--cloud-config is not given, and {version} exits without it.",
            "not-mounted": "No volume is mounted at {path}, the file that --cloud-config names.",
            "no-key": "{place} has no key {key}.",
            "no-object": "{place} does not exist.",
            "read-only": "A mount lies inside of one that is read-only, and the mount point does"
            " not exist there: the container cannot be made.",
        },
        evidence={"pod": "pod {pod}: {state}, {restarts:restart|restarts} {message}"},
        remedies={
            "": "Have flag, volume, mount and key written so that they agree.",
            "read-only": "Take readOnly off the outer mount; enable does that and nothing more.",
        },
    ),
    "RT111": Prose(
        title="cloud routes are switched off",
        why=(
            "With --configure-cloud-routes=false, or --controllers without route, CCM writes no"
            " route and says nothing of it. Flannel's alloc backend depends on these routes; the"
            " manifests of the public repository set the flag to false."
        ),
        causes={
            "": "--configure-cloud-routes is false, or --controllers leaves route out, and Flannel"
            " needs the routes.",
            "unknown": "--configure-cloud-routes is false, or --controllers leaves route out. That"
            " is as it should be if the network plugin is an overlay, and the cause of everything"
            " otherwise.",
        },
        evidence={"flags": "{workload} runs with {flags}"},
        remedies={
            "": "Set --configure-cloud-routes=true and name route in --controllers, or leave that"
            " flag out.",
            "unknown": "Find out which network plugin this is. If it needs routes, set"
            " --configure-cloud-routes=true.",
        },
    ),
    "RT112": Prose(
        title="CCM does not run",
        why=(
            "Without CCM no route is written and none is removed: new nodes stay unreachable, and"
            " the entries of nodes that leave become orphans. With replicas only the leader works;"
            " a lock that a dead or an older release holds stops all of them."
        ),
        causes={
            "absent": "There are master nodes, but no cloud-controller-manager in kube-system.",
            "unknown-flag": "{version} exits on {flag}, a flag of other releases.",
            "bad-flag": '{version} exits because {flag} is "{value}".',
            "untagged": "{version} exits with neither --allow-untagged-cloud nor clusterID.",
            "failing": "CCM is not running: pod {pod} is in {state}.",
            "not-ready": "CCM is not running: none of {desired} pods is ready.",
            "no-pod": "CCM is not running: its workload asks for no pod.",
            "partly": "Only {ready} of {desired} pods are ready. The leader may be one of them, so"
            " that routes are still written.",
            "leaderless": "Every pod that runs is waiting for the leader's lock: nobody works.",
        },
        evidence={"pod": "pod {pod}: {state}, {restarts:restart|restarts} {message}"},
        remedies={
            "": "Read why the pod ends, and mend that.",
            "absent": "Install the release of CCM that fits the cluster, from the ACK console or"
            " the public repository.",
            "unknown-flag": "Remove the flag.",
            "bad-flag": "Correct the flag.",
            "untagged": "Add --allow-untagged-cloud.",
            "no-pod": "See nodeSelector and tolerations: they must fit the master nodes.",
            "leaderless": "See who holds the lock. One that belongs to no pod can be deleted.",
        },
    ),
    "RT113": Prose(
        title="this release of CCM is too old, or has a known fault",
        why=(
            "routeTableIDs is known from v1.9.3.82 on. Releases before v1.9.3.101 that use a RAM"
            " role lose their VPC credentials when the first token expires; before v1.9.3.313 a"
            " node's condition can stay True for ever; v2 before v2.4.0 leaves wrong entries; v2"
            " before v2.9.1 lets pods be scheduled before the route is there."
        ),
        causes={
            "old": "{version} does not know routeTableIDs, and the VPC has several tables: it"
            " writes no route.",
            "token": "{version} renews the token of its RAM role for ECS and SLB, but not for VPC:"
            " after some hours every call for routes fails, until CCM starts anew.",
            "condition": "{version} leaves NetworkUnavailable=True on a node whose route it finds"
            " already there.",
            "same-cidr": "{version} does not remove an entry for a node's podCIDR that goes to"
            " another instance.",
            "unmarked": "{version} does not mark new nodes as NetworkUnavailable: pods may be"
            " scheduled before their routes are there.",
        },
        evidence={"release": "CCM is {version}, image {image}"},
        remedies={
            "": "Upgrade to {mended} or later: the same registry and repository, another tag.",
            "old": "enable raises the image to the first release that can do it.",
        },
    ),
    "RT115": Prose(
        title="CCM pods still run an older spec",
        why=(
            "A DaemonSet with updateStrategy OnDelete, the default of its first API versions, does"
            " not replace pods by itself: an edit changes nothing until they are deleted. What is"
            " judged here is the new spec, which is not what runs."
        ),
        causes={
            "": "{behind:pod runs|pods run} an older spec, and with OnDelete until somebody"
            " deletes what is old.",
            "rolling": "{behind:pod runs|pods run} an older spec: the rollout"
            " goes on, or is stuck.",
        },
        evidence={"rollout": "{updated} of {desired} pods are up to date, strategy {strategy}"},
        remedies={
            "": "Delete the pods one by one and wait for each new one to be ready.",
            "rolling": "Wait for the rollout; if it does not end, see why its newest pod is not"
            " ready.",
        },
    ),
    "RT119": Prose(
        title="something else owns CCM's workload and will revert a change",
        why=(
            "A GitOps controller or an operator writes the workload back to what its source says,"
            " within minutes. An edit by hand, or by enable, does not last."
        ),
        causes={"": "{manager} writes to {workload}."},
        evidence={"manager": "metadata.managedFields names {manager}"},
        remedies={"": "Make the change in the source that {manager} applies."},
    ),
}
