"""What deploy/monitor holds fits together: the manifests, the program, its metrics and its roles.

``pytest tests/test_deploy.py --update-golden`` writes prometheusrule.yaml again.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubectl_routes import __version__
from kubectl_routes.analyze.matrix import examine
from kubectl_routes.checks.diagnosis import DiagnoseOptions, diagnose_examined
from kubectl_routes.cli.manual import command_parser
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.render.metrics import ReadingState, judged, of_reading
from release.archive import archive_name
from release.freeze import NAME
from tests.checks.asking import taken
from tests.cli.programs import BESIDE_PYTHON
from tests.cli.streams import Screen

MONITOR = Path(__file__).parents[1] / "deploy" / "monitor"
ALERTS = MONITOR / "alerts.yaml"
RULE = MONITOR / "prometheusrule.yaml"
HEAD = "# The rules of alerts.yaml for the Prometheus Operator; a test writes this file.\n"
Object = dict[str, Any]


@pytest.fixture(scope="module")
def objects() -> dict[str, Object]:
    return rendered(MONITOR)


def rendered(folder: Path) -> dict[str, Object]:
    """The objects that kubectl renders, by kind; of the ClusterRoleBindings that of the monitor."""
    command = [str(BESIDE_PYTHON / "kubectl"), "kustomize", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    own_last = sorted(
        yaml.safe_load_all(done.stdout), key=lambda one: "monitor" in one["metadata"]["name"]
    )
    return {str(one["kind"]): one for one in own_last}


def container(objects: dict[str, Object]) -> Object:
    (found,) = objects["Deployment"]["spec"]["template"]["spec"]["containers"]
    return dict(found)


def gauges() -> dict[str, set[str]]:
    """The labels of every gauge by name."""
    examined = examine(taken())
    found = judged(examined.matrix, diagnose_examined(examined, DiagnoseOptions()))
    return {one.name: set(one.labels) for one in (*found, *of_reading(ReadingState((), None, 1.0)))}


def test_it_renders_with_all_that_a_monitor_needs(objects: dict[str, Object]) -> None:
    assert set(objects) == {
        *("Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding"),
        *("Deployment", "Service", "PodMonitor", "PrometheusRule"),
    }
    account = objects["ServiceAccount"]["metadata"]
    pod = objects["Deployment"]["spec"]["template"]
    assert pod["spec"]["serviceAccountName"] == account["name"]
    binding = objects["ClusterRoleBinding"]
    assert binding["roleRef"]["name"] == objects["ClusterRole"]["metadata"]["name"]
    assert binding["subjects"] == [
        {"kind": "ServiceAccount", "name": account["name"], "namespace": account["namespace"]}
    ]
    labels = pod["metadata"]["labels"]
    assert objects["Service"]["spec"]["selector"] == labels
    assert objects["PodMonitor"]["spec"]["selector"]["matchLabels"] == labels


def test_the_container_has_no_rights_and_the_image_of_this_release(
    objects: dict[str, Object],
) -> None:
    one = container(objects)
    assert one["image"].endswith(f":{__version__}")
    assert one["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    spec = objects["Deployment"]["spec"]
    assert spec["replicas"] == 1
    assert spec["template"]["spec"]["securityContext"]["runAsNonRoot"] is True
    assert "volumes" not in spec["template"]["spec"]


def test_the_program_takes_the_flags_and_listens_where_it_is_asked(
    objects: dict[str, Object],
) -> None:
    one = container(objects)
    terminal = Terminal({}, Screen(), Screen())
    parser = command_parser("monitor", "kubectl routes", terminal)
    args, unknown = parser.parse_known_args(one["args"][1:])
    assert (one["args"][0], unknown) == ("monitor", [])
    port = one["ports"][0]["containerPort"]
    assert args.listen == ("", port)
    assert objects["Service"]["spec"]["ports"][0]["port"] == port
    annotations = objects["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(port)
    file = (MONITOR / "Containerfile").read_text()
    assert f'CMD ["monitor", "--listen=:{port}"]' in file


def test_the_image_is_made_of_the_archive_of_a_release() -> None:
    file = (MONITOR / "Containerfile").read_text()
    name = archive_name(("linux", "${TARGETARCH}"), "${VERSION}")
    assert f"ADD dist/{name} /opt/\n" in file
    # The folder and the program in it have the name of the archive.
    assert f'ENTRYPOINT ["/opt/{NAME}/{NAME}"]' in file
    assert f"--build-arg VERSION={__version__} " in file


def test_the_operator_gets_the_same_rules(request: pytest.FixtureRequest) -> None:
    rule = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {
            "name": "kubectl-routes-monitor",
            "namespace": "kubectl-routes",
            "labels": {"app.kubernetes.io/name": "kubectl-routes-monitor"},
        },
        "spec": yaml.safe_load(ALERTS.read_text()),
    }
    if request.config.getoption("--update-golden"):
        RULE.write_text(HEAD + yaml.safe_dump(rule, sort_keys=False, width=1000))
    assert yaml.safe_load(RULE.read_text()) == rule


def expressions() -> list[str]:
    """What alerts and dashboard ask of Prometheus."""
    rules = yaml.safe_load(ALERTS.read_text())["groups"][0]["rules"]
    dashboard = json.loads((MONITOR / "dashboard.json").read_text())
    targets = [one["expr"] for panel in dashboard["panels"] for one in panel["targets"]]
    return [*(rule["expr"] for rule in rules), *targets]


def test_alerts_and_dashboard_ask_for_gauges_and_labels_that_there_are() -> None:
    known = gauges()
    text = "\n".join(expressions())
    used = set(re.findall(r"kubectl_routes_\w+", text))
    assert used == set(known)
    for name, matchers in re.findall(r"(kubectl_routes_\w+)\{([^}]*)\}", text):
        assert set(re.findall(r"(\w+)(?:=~|!=|=)", matchers)) <= known[name] | {"job", "cluster"}


def test_the_overlay_of_the_page_renders(tmp_path: Path) -> None:
    page = (MONITOR.parents[1] / "docs" / "monitoring.md").read_text()
    (overlay,) = re.findall(r"```yaml\n(# kustomization.yaml\n.*?)```", page, flags=re.DOTALL)
    (tmp_path / "kustomization.yaml").write_text(overlay)
    shutil.copytree(MONITOR, tmp_path / "deploy" / "monitor")
    objects = rendered(tmp_path)
    assert not {"PodMonitor", "PrometheusRule"} & set(objects)
    assert container(objects)["image"] == f"registry.example.com/kubectl-routes:{__version__}"
    annotations = objects["ServiceAccount"]["metadata"]["annotations"]
    assert annotations == {"pod-identity.alibabacloud.com/role-name": "vpc-reader"}
