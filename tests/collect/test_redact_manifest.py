from __future__ import annotations

from typing import Any

import pytest

from kubectl_routes.collect.redact_manifest import hides, masked

CANARY = "c4N9rYsEc3rEt"
KEY = "cloud-config.conf"


def config_map(**parts: Any) -> dict[str, Any]:
    return {"kind": "ConfigMap", "metadata": {"name": "cloud-config"}, **parts}


def daemon_set(**container: Any) -> dict[str, Any]:
    pod = {"containers": [{"name": "ccm", "image": "x", **container}], "volumes": []}
    return {"kind": "DaemonSet", "metadata": {"name": "ccm"}, "spec": {"template": {"spec": pod}}}


def test_of_a_config_map_the_text_of_cloud_config_is_shown_redacted_and_nothing_else() -> None:
    text = f'{{"Global": {{"accessKeySecret": "{CANARY}", "routeTableIDs": "vtb-a"}}}}'
    held = config_map(data={KEY: text, "old": CANARY}, binaryData={KEY: CANARY})
    assert masked(held, KEY) == config_map(
        data={
            KEY: '{"Global": {"accessKeySecret": "REDACTED", "routeTableIDs": "vtb-a"}}',
            "old": "(REDACTED)",
        },
        binaryData={KEY: "(REDACTED)"},
    )
    assert held["data"][KEY] == text
    assert hides(held, KEY)


def test_a_config_map_that_holds_a_list_alone_hides_nothing() -> None:
    held = config_map(data={KEY: '{"Global": {"routeTableIDs": "vtb-a"}}'})
    assert (masked(held, KEY), hides(held, KEY)) == (held, False)
    assert (masked(config_map(), KEY), hides(config_map(), KEY)) == (config_map(), False)


def test_what_kubectl_apply_keeps_of_an_object_is_left_out() -> None:
    kept = {"kubectl.kubernetes.io/last-applied-configuration": CANARY, "kubectl-routes/undo": "x"}
    held = {**config_map(), "metadata": {"annotations": kept}}
    assert masked(held, KEY)["metadata"] == {"annotations": {"kubectl-routes/undo": "x"}}
    assert not hides(held, KEY)


@pytest.mark.parametrize("part", ["annotations", "labels"])
def test_an_annotation_or_label_that_is_not_known_is_not_shown(part: str) -> None:
    held = {**config_map(), "metadata": {part: {"example.com/note": CANARY, "app": "ccm"}}}
    app = "ccm" if part == "labels" else "REDACTED"
    assert masked(held, KEY)["metadata"] == {part: {"example.com/note": "REDACTED", "app": app}}
    assert hides(held, KEY)


def test_a_label_that_the_workload_selects_by_is_shown() -> None:
    workload = daemon_set()
    workload["spec"]["selector"] = {"matchLabels": {"own": "ccm"}}
    workload["spec"]["template"]["metadata"] = {"labels": {"own": "ccm", "other": CANARY}}
    shown = masked(workload, KEY)["spec"]["template"]["metadata"]
    assert shown == {"labels": {"own": "ccm", "other": "REDACTED"}}


def test_a_variable_is_shown_only_where_a_flag_needs_it_and_it_opens_nothing() -> None:
    workload = daemon_set(
        command=["/ccm", "--cluster-cidr=$(CIDR)", "--token=$(TOKEN)"],
        env=[
            {"name": "CIDR", "value": "172.20.0.0/16"},
            {"name": "TOKEN", "value": CANARY},
            {"name": "MODE", "value": CANARY},
            {"name": "EMPTY", "value": ""},
        ],
    )
    shown = masked(workload, KEY)["spec"]["template"]["spec"]["containers"][0]["env"]
    assert [each["value"] for each in shown] == ["172.20.0.0/16", "REDACTED", "REDACTED", ""]


SECRETS: dict[str, dict[str, Any]] = {
    "a variable": {"env": [{"name": "ACCESS_KEY_SECRET", "value": CANARY}]},
    "a header": {
        "livenessProbe": {
            "httpGet": {"httpHeaders": [{"name": "Authorization", "value": f"Bearer {CANARY}"}]}
        }
    },
    "a flag": {"command": ["/ccm", f"--access-key-secret={CANARY}"]},
    "a short flag": {"args": [f"--access-key={CANARY}"]},
    "the word behind a flag": {"args": ["--access-key-secret", CANARY]},
    "a shell command": {"command": ["sh", "-c", f"/ccm --token {CANARY} --v=5"]},
    "a variable of any name": {"env": [{"name": "MODE", "value": CANARY}]},
    "a word of a hook": {
        "lifecycle": {"postStart": {"exec": {"command": ["sh", "-c", f"login {CANARY}"]}}}
    },
    "the query of a probe": {"livenessProbe": {"httpGet": {"path": f"/healthz?{CANARY}"}}},
    "a header of any name": {
        "livenessProbe": {"httpGet": {"httpHeaders": [{"name": "X-Mode", "value": CANARY}]}}
    },
    "the command of a hook": {
        "lifecycle": {"preStop": {"exec": {"command": ["x", f"--password={CANARY}"]}}}
    },
}


@pytest.mark.parametrize("kind", ["containers", "initContainers"])
@pytest.mark.parametrize("case", SECRETS)
def test_a_credential_in_a_container_is_not_shown(case: str, kind: str) -> None:
    workload = daemon_set(**SECRETS[case])
    pod = workload["spec"]["template"]["spec"]
    pod[kind] = pod.pop("containers")
    shown = masked(workload, KEY)
    assert CANARY not in str(shown)
    assert "REDACTED" in str(shown)
    assert CANARY in str(workload)
    assert hides(workload, KEY)


def test_a_credential_in_the_options_of_a_volume_is_not_shown() -> None:
    workload = daemon_set()
    workload["spec"]["template"]["spec"]["volumes"] = [
        {"name": "v", "flexVolume": {"driver": "d", "options": {"akSecret": CANARY, "server": "s"}}}
    ]
    shown = masked(workload, KEY)["spec"]["template"]["spec"]["volumes"]
    assert shown == [
        {
            "name": "v",
            "flexVolume": {
                "driver": "d",
                "options": {"akSecret": "REDACTED", "server": "REDACTED"},
            },
        }
    ]


def test_what_opens_nothing_is_shown_as_it_is() -> None:
    workload = daemon_set(
        command=["/ccm", "--use-service-account-credentials=true", "--token", "--v=5"],
        args=["--tls-private-key-file=/x", "--token-ttl=10s", "--secret-name", "x"],
        env=[
            {"name": "SECRET", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
        ],
    )
    assert (masked(workload, KEY), hides(workload, KEY)) == (workload, False)


def test_of_an_add_on_everything_is_shown() -> None:
    addon = {"kind": "Addon", "metadata": {"name": "ccm"}, "config": {"routeTableIDs": "vtb-a"}}
    assert (masked(addon, KEY), hides(addon, KEY)) == (addon, False)


def test_of_another_container_the_program_and_the_names_of_its_flags_are_shown() -> None:
    workload = daemon_set()
    words = ["/sidecar", "--mode", CANARY, f"--level={CANARY}", CANARY, f"-x {CANARY}"]
    workload["spec"]["template"]["spec"]["initContainers"] = [{"name": "i", "command": words}]
    shown = masked(workload, KEY)["spec"]["template"]["spec"]["initContainers"][0]["command"]
    assert shown == ["/sidecar", "--mode", "REDACTED", "--level=REDACTED", "REDACTED", "REDACTED"]
