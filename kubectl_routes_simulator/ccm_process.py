"""A CCM process in the container of one pod, with the set-up that it found when it started."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from kubectl_routes_simulator.ccm_run import Surroundings
from kubectl_routes_simulator.ccm_setup import ccm_container, setup_of
from kubectl_routes_simulator.controller import CloudControllerManager
from kubectl_routes_simulator.kube_logs import PodLogs
from kubectl_routes_simulator.kube_store import Object

# With which words a process ends by glog.Fatal (255) or by a panic (2); all others exit with 1.
_ENDS = {
    "Cloud provider could not be initialized": 255,
    "Couldn't open cloud provider configuration": 255,
    "no ClusterID found": 255,
    "Unsuccessful parsing of cluster CIDR": 2,
}


class CcmProcess:
    """``ccm`` is the controller, ``failure`` what it said when it ended at once, or empty;
    ``health_ports`` are where it answers /healthz.
    """

    def __init__(self, pod: Object, around: Surroundings) -> None:
        setup = setup_of(around.store, pod)
        self.ccm = CloudControllerManager(around)
        self.failure = self.ccm.start(setup)
        self.health_ports = setup.health_ports

    @property
    def exit_code(self) -> int:
        """The exit code that goes with the failure."""
        return next((code for words, code in _ENDS.items() if self.failure.startswith(words)), 1)


Launcher = Callable[[Object], CcmProcess]


def launcher(around: Surroundings, logs: PodLogs) -> Launcher:
    """What starts the process of a pod, which logs to that pod. No image but CCM's can be pulled,
    so it is always CCM.
    """

    def launch(pod: Object) -> CcmProcess:
        container, meta = ccm_container(pod["spec"]), pod["metadata"]

        def log(line: str) -> None:
            logs.append(meta["namespace"], meta["name"], container["name"], line)

        return CcmProcess(pod, msgspec.structs.replace(around, log=log))

    return launch
