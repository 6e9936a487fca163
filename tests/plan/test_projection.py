"""CCM as a plan leaves it, for the analysis to judge."""

from __future__ import annotations

from msgspec import structs

from kubectl_routes.model.controller import (
    CloudConfig,
    ConfigSourceKind,
    Controller,
    ControllerKind,
    ControllerPod,
    Event,
)
from kubectl_routes.model.plan import Manifests
from kubectl_routes.plan.cloud_config_edit import fresh
from kubectl_routes.plan.projection import project, project_list
from tests.analyze.cluster import snapshot
from tests.plan.world import (
    KEY,
    PATH,
    V1,
    Object,
    after_of,
    carried_out,
    config_map,
    container_of,
    daemon_set,
    plan_of,
    read,
    running,
    taken_back,
    wired,
)

LISTED = '{"Global": {"routeTableIDs": "vtb-a,vtb-b"}}'


def config_of(controller: Controller) -> CloudConfig:
    assert controller.cloud_config is not None
    return controller.cloud_config


def after_enable(workload: Object, held: Object | None = None, version: str = "") -> Controller:
    now = snapshot(read(Manifests(workload, held)))
    return project(now, plan_of(workload, held, version=version), held).controller


def after_disable(workload: Object) -> Controller:
    there = carried_out(plan_of(workload), workload, None)
    return project(snapshot(read(Manifests(*there))), taken_back(*there), there[1]).controller


def test_after_enable_ccm_reads_the_list_with_its_new_flag_and_image() -> None:
    workload = running(daemon_set(image=V1.replace(".105-gfd4e547", ".59-ge3bc999")))
    seen = after_enable(workload)
    assert seen.image == V1
    assert seen.command[-1] == f"--cloud-config={PATH}"
    text = after_of(plan_of(workload), "ConfigMap")["data"][KEY]
    assert (config_of(seen).source, config_of(seen).text) == (ConfigSourceKind.CONFIG_MAP, text)


def test_after_enable_ccm_has_not_started_yet_and_keeps_its_other_words() -> None:
    workload = running(daemon_set(args=["--v=5"]))
    before = structs.replace(
        read(Manifests(workload, None)),
        pods=(ControllerPod(name="old"),),
        events=(Event("Pod", "old"),),
    )
    assert (before.updated, before.available) == (3, 3)
    made = plan_of(workload)
    assert project(snapshot(before), made, None).controller == structs.replace(
        before,
        args=("--v=5", f"--cloud-config={PATH}"),
        cloud_config=CloudConfig(
            ConfigSourceKind.CONFIG_MAP,
            namespace="kube-system",
            name="cloud-config",
            text=after_of(made, "ConfigMap")["data"][KEY],
        ),
        observed_generation=0,
        desired=0,
        updated=0,
        ready=0,
        available=0,
        pods=(),
        events=(),
        logs=(),
    )


def test_a_managed_ccm_is_looked_at_as_if_it_stood_in_the_cluster() -> None:
    bare = snapshot(Controller(kind=ControllerKind.MANAGED))
    bare = structs.replace(
        bare, cluster=structs.replace(bare.cluster, cluster_cidr="172.16.0.0/16")
    )
    seen = project_list(bare, ("vtb-a", "vtb-b"), "v2.11.2").controller
    assert seen == Controller(
        kind=ControllerKind.DAEMON_SET,
        image="managed:v2.11.2",
        args=(f"--cloud-config={PATH}", "--cluster-cidr=172.16.0.0/16"),
        cloud_config=CloudConfig(ConfigSourceKind.CONFIG_MAP, text=fresh("vtb-a,vtb-b")),
        logs=(),
    )


def test_without_a_change_ccm_reads_what_is_there() -> None:
    workload, held = wired(), config_map(LISTED)
    assert config_of(after_enable(workload, held)).text == LISTED


def test_the_probes_ask_the_port_that_the_plan_gives_and_a_named_port_stays() -> None:
    workload = daemon_set(
        livenessProbe={"httpGet": {"port": 10253}},
        readinessProbe={"tcpSocket": {"port": "health"}},
        ports=[{"name": "health", "containerPort": 8080}],
    )
    seen = after_enable(workload, version="v1.9.3.380-gd6d0962-aliyun")
    assert sorted((probe.kind, probe.port) for probe in seen.probes) == [
        ("livenessProbe", 10258),
        ("readinessProbe", 8080),
    ]


def test_a_flag_in_a_shell_command_counts() -> None:
    workload = wired(command=["sh", "-c", f"/ccm --v=5 --cloud-config={PATH}"])
    seen = after_enable(workload, config_map(LISTED))
    assert config_of(seen).source is ConfigSourceKind.CONFIG_MAP


def test_flags_out_of_a_variable_count_beside_a_new_one() -> None:
    text = "exec /cloud-controller-manager $FLAGS "
    workload = daemon_set(
        command=["sh", "-c", text],
        env=[{"name": "FLAGS", "value": "--v=5 --cluster-cidr=10.0.0.0/8"}],
    )
    seen = after_enable(workload)
    assert seen.command[2] == (
        f"exec /cloud-controller-manager --v=5 --cluster-cidr=10.0.0.0/8 --cloud-config={PATH}"
    )


def test_after_disable_ccm_is_as_it_was() -> None:
    seen = after_disable(daemon_set())
    assert list(seen.command) == container_of(daemon_set())["command"]
    assert config_of(seen) == CloudConfig(ConfigSourceKind.NO_FLAG)


def test_a_file_that_is_gone_after_disable_is_missing() -> None:
    seen = after_disable(daemon_set(command=["/ccm", f"--cloud-config={PATH}"]))
    assert config_of(seen) == CloudConfig(ConfigSourceKind.CONFIG_MAP, missing=True)


def test_a_controller_that_was_never_read_has_no_flag() -> None:
    made = plan_of(daemon_set())
    unread = Controller(kind=read(Manifests(daemon_set(), None)).kind)
    bare = project(snapshot(unread), taken_back(daemon_set(), None), None).controller
    assert config_of(bare) == CloudConfig(ConfigSourceKind.NO_FLAG)
    assert made.changes
