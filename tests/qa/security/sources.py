"""Every source of a key to the VPC API, laid out in a home; and the services that some ask."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.identity import AccessKey
from kubectl_routes_simulator.server import LoopbackServer, Reply
from tests.qa.security import canaries
from tests.qa.security.authority import Authority
from tests.qa.security.echoes import JSON
from tests.qa.security.planted import Planted
from tests.qa.security.proxying import Proxy

# Where the credentials package asks for roles, when no region is given.
STS = "sts.aliyuncs.com"


class Services(Struct, frozen=True):
    """STS behind a proxy, and a local service; both hand out ``key``."""

    sts: LoopbackServer
    local: LoopbackServer
    proxy: Proxy
    authority: Authority
    key: AccessKey

    @property
    def environment(self) -> dict[str, str]:
        """What leads to STS."""
        proxy = f"http://127.0.0.1:{self.proxy.port}"
        return {"HTTPS_PROXY": proxy, "ALIBABA_CLOUD_CA_BUNDLE": self.authority.path}


@contextmanager
def services(folder: Path) -> Iterator[Services]:
    """Both services, answering."""
    key = AccessKey(
        canaries.temporary_id("handed out: id"),
        canaries.secret("handed out: secret"),
        canaries.token("handed out: token"),
    )
    given = {
        "AccessKeyId": key.id,
        "AccessKeySecret": key.secret,
        "SecurityToken": key.token,
        "Expiration": "2099-01-01T00:00:00Z",
    }
    authority = Authority(folder)
    shown = authority.issue(STS)
    whole, flat = {"Credentials": given}, {"Code": "Success", **given}
    with (
        LoopbackServer(lambda _: _json(whole), cert=shown.cert, key=shown.key) as sts,
        LoopbackServer(lambda _: _json(flat)) as local,
        Proxy({f"{STS}:443": sts.port}) as proxy,
    ):
        yield Services(sts, local, proxy, authority, key)


def _json(document: object) -> Reply:
    return Reply(200, msgspec.json.encode(document), JSON)


class Source(Struct, frozen=True):
    """How to use a source: more variables, and the key that is to come of it."""

    env: dict[str, str]
    key: AccessKey


def _pair(place: Planted, name: str) -> dict[str, str]:
    return {"access_key_id": place.key(name), "access_key_secret": place.secret(name)}


def _key(pair: dict[str, str], token: str = "") -> AccessKey:
    return AccessKey(pair["access_key_id"], pair["access_key_secret"], token)


def _environment(place: Planted, _: Services) -> Source:
    pair = _pair(place, "env")
    names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    return Source(dict(zip(names, pair.values(), strict=True)), _key(pair))


def _temporary(place: Planted, _: Services) -> Source:
    pair, token = _pair(place, "env, STS"), place.token("env, STS")
    names = ("ID", "SECRET")
    env = dict(zip((f"ALICLOUD_ACCESS_KEY_{one}" for one in names), pair.values(), strict=True))
    return Source({**env, "ALICLOUD_SECURITY_TOKEN": token}, _key(pair, token))


def _profile(mode: str) -> Callable[[Planted, Services], Source]:
    def lay(place: Planted, around: Services) -> Source:
        pair = _pair(place, f"CLI profile {mode}")
        profile: dict[str, object] = {"name": "mine", "mode": mode, **pair}
        env: dict[str, str] = {}
        key = _key(pair)
        if mode == "StsToken":
            profile["sts_token"] = place.token("CLI profile StsToken")
            key = _key(pair, str(profile["sts_token"]))
        elif mode == "RamRoleArn":
            profile["ram_role_arn"], profile["ram_session_name"] = "acs:ram::1:role/r", "s"
            env, key = around.environment, around.key
        elif mode == "External":
            profile["process_command"], key = _external(place, around.key), around.key
        elif mode == "CredentialsURI":
            profile["credentials_uri"] = f"{around.local.url}/key?pass={place.secret('URI')}"
            key = around.key
        folder = place.home / ".aliyun"
        folder.mkdir(exist_ok=True)
        other = {"name": "other", "mode": "AK", **_pair(place, "CLI profile, another one")}
        content = {"current": "mine", "profiles": [profile, other]}
        (folder / "config.json").write_text(json.dumps(content))
        return Source(env, key)

    return lay


def _external(place: Planted, key: AccessKey) -> str:
    """A program that writes the key as JSON, and says it on stderr as well."""
    answer = {
        "mode": "StsToken",
        "access_key_id": key.id,
        "access_key_secret": key.secret,
        "sts_token": key.token,
    }
    path = place.home / "external"
    path.write_text(f"#!/bin/sh\ntee /dev/stderr <<'END'\n{json.dumps(answer)}\nEND\n")
    path.chmod(stat.S_IRWXU)
    return str(path)


def _ini(kind: str) -> Callable[[Planted, Services], Source]:
    def lay(place: Planted, around: Services) -> Source:
        pair = _pair(place, f"credentials file, {kind}")
        lines = {"type": kind, **pair}
        env, key = {}, _key(pair)
        if kind == "sts":
            lines["security_token"] = place.token("credentials file, sts")
            key = _key(pair, lines["security_token"])
        elif kind == "ram_role_arn":
            lines |= {"role_arn": "acs:ram::1:role/r", "role_session_name": "s"}
            env, key = around.environment, around.key
        folder = place.home / ".alibabacloud"
        folder.mkdir(exist_ok=True)
        text = "".join(f"{name} = {value}\n" for name, value in lines.items())
        (folder / "credentials").write_text(f"[default]\n{text}")
        return Source(env, key)

    return lay


def _rrsa(place: Planted, around: Services) -> Source:
    path = place.home / "oidc"
    path.write_text(place.token("RRSA token file"))
    env = {
        "ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/r",
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/p",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(path),
    }
    return Source({**env, **around.environment}, around.key)


def _uri(place: Planted, around: Services) -> Source:
    uri = f"{around.local.url}/key?pass={place.secret('URI of the environment')}"
    return Source({"ALIBABA_CLOUD_CREDENTIALS_URI": uri}, around.key)


SOURCES: dict[str, Callable[[Planted, Services], Source]] = {
    "environment": _environment,
    "environment, temporary": _temporary,
    **{f"CLI profile {mode}": _profile(mode)
       for mode in ("AK", "StsToken", "RamRoleArn", "External", "CredentialsURI")},
    **{f"credentials file, {kind}": _ini(kind) for kind in ("access_key", "sts", "ram_role_arn")},
    "RRSA": _rrsa,
    "credentials URI": _uri,
}  # fmt: skip
# Those that ask a service, which may refuse and repeat what it was asked.
ASKING = ("CLI profile RamRoleArn", "CLI profile CredentialsURI", "credentials file, ram_role_arn",
          "RRSA", "credentials URI")  # fmt: skip
