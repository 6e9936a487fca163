"""A simulated cluster and a home with a credential in every place that can hold one."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import quote

from kubectl_routes_simulator.ack_objects import CCM_CONFIG
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.cli.asking import Answer, run
from tests.qa.security import canaries
from tests.qa.security.canaries import leaks

SPACE, CCM = "kube-system", "cloud-controller-manager"

# Ways in which CCM, its SDK, a kubelet or a proxy put a credential into a sentence. Each has its
# own canaries, so that a leak shows which way it came. $url is the token as in a URL, $twice as in
# a URL within one, $basic the secret as HTTP sends it.
SENTENCES = {
    "named": "AccessKeyId=$key, AccessKeySecret: $secret, SecurityToken=$token",
    "a URL": 'Get "https://vpc.aliyuncs.com/?AccessKeyId=$key&SecurityToken=$url'
    '&Signature=$secret&Action=X": EOF',
    "a string to sign": "server string to sign is:GET&%2F&AccessKeyId%3D$key%26SecurityToken%3D"
    "$twice%26Signature%3D$secret%26Version%3D1",
    "JSON": '{"accessKeyID": "$key", "accessKeySecret": "$secret", "securityToken": "$token"}',
    "JSON within JSON": r'{"body": "{\"AccessKeyId\": \"$key\", \"AccessKeySecret\": \"$secret\", '
    r'\"Token\": \"$token\"}"}',
    "a Go struct": '&{AccessKeyID:$key AccessKeySecret:"$secret" StsToken:$token}',
    "a header": "Authorization: acs $key:$secret\tX-Acs-Security-Token: $token",
    "a bearer": "401 for Bearer $token; $key Basic $basic",
    "a proxy": "proxyconnect https://$key:$secret@proxy:3128 failed, token '$token'",
    "flags": "exec: /ccm --access-key-id $key --access-key-secret $secret --token=$token",
    "keys in YAML": "private_key: $secret, client-key-data: $token, api_key=$key",
    "short names": "credential=$key pwd=$secret passphrase=$token",
    "ak and sk": "AK/SK: $key/$secret or sk=$secret ak: $token",
    "columns": "token\t$token\nsecret    $secret\nAK\t$key",
    "quotes": "apiKey: '$key', \"clientSecret\": \"$secret\", 'sessionKey' => '$token'",
    "a program": "curl -u $key:$secret --api-key $token https://vpc.aliyuncs.com",
    "a sentence": "the password is $secret, its access key was $key, API key: $token",
    "a private key": "loaded -----BEGIN RSA PRIVATE KEY-----\n$key\n$secret\n$token\n"
    "-----END RSA PRIVATE KEY----- from a file",
    "a private key that is not whole": "-----BEGIN PRIVATE KEY-----\n$key\n$secret\n$token",
    "a private key in JSON": r'{"pem": "-----BEGIN EC PRIVATE KEY-----\n$key\n$secret\n$token'
    r'\n-----END"}',
    "a block of YAML": "auth\npassword: |\n  $key\n  $secret\n  $token\nnext: x",
    "no name": "Specified access key $key is not found, nor password=$secret passwd: $token",
}


def sentence(way: str, key: str, secret: str, token: str) -> str:
    """A sentence that holds these credentials."""
    basic = base64.b64encode(f"me:{secret}".encode()).decode()
    url = quote(token, safe="")
    known = {"key": key, "secret": secret, "token": token, "url": url, "basic": basic}
    return Template(SENTENCES[way]).substitute(known, twice=quote(url, safe=""))


class Planted:
    """What stands around a command: ``cluster``, ``env`` and the ``canaries`` in both."""

    def __init__(self, cluster: SimulatedCluster, home: Path) -> None:
        self.cluster = cluster
        self.home = home
        self.canaries: dict[str, str] = {}
        self.env = cluster.environment({"HOME": str(home), "COLUMNS": "120", "PATH": "/usr/bin"})

    def run(self, *words: str) -> Answer:
        """What a command answers, which shows none of the canaries."""
        answer = run(self.env, *words)
        assert leaks(answer.stdout + answer.stderr, self.canaries) == [], words
        return answer

    def without_key(self) -> None:
        """Take the key to the VPC API out of the environment."""
        self.env = {name: text for name, text in self.env.items() if "_ACCESS_KEY_" not in name}

    def key(self, place: str) -> str:
        return self._new(canaries.key_id, f"{place}: id")

    def secret(self, place: str) -> str:
        return self._new(canaries.secret, f"{place}: secret")

    def token(self, place: str) -> str:
        return self._new(canaries.token, f"{place}: token")

    def three(self, place: str) -> tuple[str, str, str]:
        return self.key(place), self.secret(place), self.token(place)

    def sentences(self, place: str) -> list[str]:
        return [sentence(way, *self.three(f"{place}, {way}")) for way in SENTENCES]

    def cloud_config(self, edit: Callable[[str], str] | None = None) -> None:
        """Secrets under every spelling of a key that CCM knows, and under keys that it does not."""
        key, secret, token = self.three("cloud-config")

        def change(found: dict[str, Any]) -> None:
            document = json.loads(found["data"]["cloud-config.conf"])
            document["Global"] |= {
                "accessKeyID": key,
                "AccessKeySecret": secret,
                "ACCESSKEYSECRET": self.secret("cloud-config in capitals"),
                "access-key-secret": self.secret("cloud-config with hyphens"),
                "securityToken": token,
                "unheard": {"of": [self.secret("cloud-config, an unknown key")]},
            }
            text = json.dumps(document, indent=4)
            found["data"] |= {
                "cloud-config.conf": edit(text) if edit else text,
                "old.conf": f"accessKeySecret = {self.secret('ConfigMap, another key')}",
            }
            packed = base64.b64encode(self.secret("ConfigMap, binaryData").encode()).decode()
            found["binaryData"] = {"packed.conf": packed}
            found["metadata"].setdefault("annotations", {}).update(self._annotations("ConfigMap"))

        self.cluster.edit_config_map(change)

    def workload(self) -> None:
        """Secrets in all that a pod template can hold."""

        def change(found: dict[str, Any]) -> None:
            found["metadata"].setdefault("annotations", {}).update(self._annotations("workload"))
            pod = found["spec"]["template"]["spec"]
            ccm = pod["containers"][0]
            key, secret, token = self.three("DaemonSet, env")
            ccm["env"] = [
                *ccm.get("env", ()),
                {"name": "ACCESS_KEY_ID", "value": key},
                {"name": "ACCESS_KEY_SECRET", "value": secret},
                {"name": "SecurityToken", "value": token},
                {"name": "MODE", "value": self.secret("env, an innocent name")},
                {"name": "EXTRA_CONFIG", "value": self.token("env, another innocent name")},
                {"name": "HTTPS_PROXY", "value": f"http://me:{self.secret('env, a proxy')}@proxy"},
            ]
            key, secret, token = self.three("DaemonSet, args")
            words = [f"--access-key-id={key}", "--access-key-secret", secret, f"--token={token}"]
            field = "args" if ccm.get("args") else "command"
            ccm[field] = [*ccm[field], *words]
            hook = {"exec": {"command": ["login", self.secret("a hook")]}}
            ccm["lifecycle"] = {"preStop": hook}
            found["metadata"].setdefault("labels", {})["note"] = self.secret("a label")
            labels = found["spec"]["template"]["metadata"].setdefault("labels", {})
            labels["note"] = self.secret("a label of the pods")
            shell = f"/sidecar --password {self.secret('sidecar, a shell')} --v=2"
            pod["containers"].append(
                {
                    "name": "sidecar",
                    "image": ccm["image"],
                    "command": ["sh", "-c", shell],
                    "args": [
                        self.secret("sidecar, a word"),
                        f"--mode={self.secret('sidecar, a flag')}",
                    ],
                }
            )
            options = {"akId": self.key("volume"), "akSecret": self.secret("volume")}
            volume = {"name": "flex", "flexVolume": {"driver": "d", "options": options}}
            pod["volumes"] = [*pod.get("volumes", ()), volume]

        self.cluster.edit_workload(change)

    def secrets(self) -> None:
        """A Secret of the cluster, and ConfigMaps beside the one of CCM."""
        store = self.cluster.kube.store
        packed = base64.b64encode(self.secret("a Secret").encode()).decode()
        store.put(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"namespace": SPACE, "name": CCM_CONFIG},
                "data": {"cloud-config.conf": packed},
            }
        )

        def change(found: dict[str, Any]) -> None:
            found["data"]["accesskeysecret"] = self.secret("ConfigMap ack-cluster-profile")

        store.replace("ConfigMap", SPACE, "ack-cluster-profile", change)

    def signals(self) -> None:
        """Logs, Events and the states of pods that repeat credentials."""
        pods = self.pods()
        for line in self.sentences("log"):
            for part in f"E1124 09:00:00.1 1 a.go:1] {line}".splitlines():
                self.cluster.kube.logs.append(SPACE, pods[0], CCM, part)
        events = (
            ("default", "Node", self.cluster.infra.nodes[0].name, "route-controller"),
            (SPACE, "Pod", pods[0], "kubelet"),
        )
        for space, kind, about, component in events:
            for number, text in enumerate(self.sentences(f"Event of a {kind}")):
                involved = {"kind": kind, "name": about, "namespace": space}
                self.event(f"planted-{kind.lower()}-{number}", involved, component, text)

        def change(found: dict[str, Any]) -> None:
            status = found["status"]["containerStatuses"][0]
            text = "; ".join(self.sentences("the state of a pod"))
            status["lastState"] = {"terminated": {"exitCode": 1, "message": text}}

        self.cluster.kube.store.replace("Pod", SPACE, pods[0], change)

    def pods(self) -> list[str]:
        found = self.cluster.kube.store.list("Pod")
        return sorted(
            one["metadata"]["name"] for one in found if one["metadata"]["name"].startswith(CCM)
        )

    def event(self, name: str, involved: dict[str, str], component: str, text: str) -> None:
        self.cluster.kube.store.put(
            {
                "apiVersion": "v1",
                "kind": "Event",
                "metadata": {"namespace": involved["namespace"], "name": name},
                "involvedObject": involved,
                "type": "Warning",
                "reason": "SyncRouteFailed",
                "message": text,
                "source": {"component": component},
                "lastTimestamp": "2026-11-24T09:00:00Z",
                "count": 3,
            }
        )

    def _annotations(self, place: str) -> dict[str, str]:
        whole = json.dumps({"data": self.secret(f"{place}, last-applied")})
        return {
            "kubectl.kubernetes.io/last-applied-configuration": whole,
            "example.com/note": self.secret(f"{place}, an innocent annotation"),
            "example.com/registry-token": self.token(f"{place}, an annotation"),
        }

    def _new(self, make: Callable[[str], str], place: str) -> str:
        self.canaries[place] = make(place)
        return self.canaries[place]
