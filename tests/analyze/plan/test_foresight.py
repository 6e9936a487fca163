"""CCM as a plan leaves it, for the analysis to judge."""

from __future__ import annotations

from kubectl_routes.analyze.plan.foresight import foreseen
from kubectl_routes.model.controller import CloudConfig
from kubectl_routes.model.controller import ConfigSourceKind
from kubectl_routes.model.controller import Controller
from kubectl_routes.model.plan import Manifests
from tests.analyze.cluster import snapshot
from tests.analyze.plan.world import KEY
from tests.analyze.plan.world import PATH
from tests.analyze.plan.world import V1
from tests.analyze.plan.world import Object
from tests.analyze.plan.world import after_of
from tests.analyze.plan.world import carried_out
from tests.analyze.plan.world import config_map
from tests.analyze.plan.world import container_of
from tests.analyze.plan.world import daemon_set
from tests.analyze.plan.world import plan_of
from tests.analyze.plan.world import pod_of
from tests.analyze.plan.world import read
from tests.analyze.plan.world import running
from tests.analyze.plan.world import taken_back
from tests.analyze.plan.world import wired

LISTED = '{"Global": {"routeTableIDs": "vtb-a,vtb-b"}}'


def config_of(controller: Controller) -> CloudConfig:
    assert controller.cloud_config is not None
    return controller.cloud_config


def test_after_enable_ccm_reads_the_list_with_its_new_flag_and_image() -> None:
    workload = running(daemon_set(image=V1.replace(".105-gfd4e547", ".59-ge3bc999")))
    made = plan_of(workload)
    seen = foreseen(snapshot(read(Manifests(workload, None))), made, None).controller
    assert seen.image == V1
    assert seen.command[-1] == f"--cloud-config={PATH}"
    assert (seen.observed_generation, seen.desired, seen.ready, seen.pods) == (0, 0, 0, ())
    text = after_of(made, "ConfigMap")["data"][KEY]
    assert config_of(seen) == CloudConfig(ConfigSourceKind.CONFIG_MAP, text=text)


def test_without_a_change_ccm_reads_what_is_there() -> None:
    workload, held = wired(), config_map(LISTED)
    seen = foreseen(snapshot(read(Manifests(workload, held))), plan_of(workload, held), held)
    assert config_of(seen.controller) == CloudConfig(ConfigSourceKind.CONFIG_MAP, text=LISTED)


def test_a_flag_in_a_shell_command_counts() -> None:
    workload = wired(command=["sh", "-c", f"/ccm --v=5 --cloud-config={PATH}"])
    held = config_map(LISTED)
    seen = foreseen(snapshot(read(Manifests(workload, held))), plan_of(workload, held), held)
    assert config_of(seen.controller).source is ConfigSourceKind.CONFIG_MAP


def test_after_disable_ccm_is_as_it_was() -> None:
    there = carried_out(plan_of(daemon_set()), daemon_set(), None)
    seen = foreseen(snapshot(read(Manifests(*there))), taken_back(*there), there[1]).controller
    assert list(seen.command) == container_of(daemon_set())["command"]
    assert config_of(seen) == CloudConfig(ConfigSourceKind.NO_FLAG)


def test_a_file_that_is_gone_after_disable_is_missing() -> None:
    workload: Object = daemon_set(command=["/ccm", f"--cloud-config={PATH}"])
    there = carried_out(plan_of(workload), workload, None)
    seen = foreseen(snapshot(read(Manifests(*there))), taken_back(*there), there[1]).controller
    assert config_of(seen) == CloudConfig(ConfigSourceKind.CONFIG_MAP, missing=True)
    assert pod_of(there[0])["volumes"]


def test_a_controller_that_was_never_read_has_no_flag() -> None:
    made = plan_of(daemon_set())
    unread = Controller(kind=read(Manifests(daemon_set(), None)).kind)
    bare = foreseen(snapshot(unread), taken_back(daemon_set(), None), None).controller
    assert config_of(bare) == CloudConfig(ConfigSourceKind.NO_FLAG)
    assert made.changes
