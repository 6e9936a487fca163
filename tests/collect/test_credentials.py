from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from kubectl_routes.collect.credentials import load_key
from kubectl_routes.collect.signing import AccessKey
from kubectl_routes.model.errors import CloudError
from kubectl_routes_simulator.server import LoopbackServer, Reply, Request

KEY = AccessKey("LTAI5tC4naryId", "s3cr3t-C4nary")
TEMPORARY = AccessKey("STS.C4naryId", "s3cr3t-C4nary", "t0ken-C4nary")


def home(folder: Path, **more: str) -> dict[str, str]:
    return {"HOME": str(folder), "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true", **more}


def cli_config(folder: Path, current: str, *profiles: dict[str, object]) -> None:
    (folder / ".aliyun").mkdir()
    content = json.dumps({"current": current, "profiles": profiles})
    (folder / ".aliyun" / "config.json").write_text(content)


def pair(key: AccessKey) -> dict[str, object]:
    return {"access_key_id": key.id, "access_key_secret": key.secret}


@pytest.mark.parametrize("prefix", ["ALIBABA_CLOUD", "ALIBABACLOUD", "ALICLOUD"])
@pytest.mark.parametrize("key", [KEY, TEMPORARY])
def test_a_key_in_the_environment(tmp_path: Path, prefix: str, key: AccessKey) -> None:
    parts = {"ACCESS_KEY_ID": key.id, "ACCESS_KEY_SECRET": key.secret, "SECURITY_TOKEN": key.token}
    env = {f"{prefix}_{name}": text for name, text in parts.items()}
    assert load_key(None, home(tmp_path, **env)) == key
    del env[f"{prefix}_ACCESS_KEY_SECRET"]
    with pytest.raises(CloudError, match=f"{prefix}_ACCESS_KEY_SECRET is missing"):
        load_key(None, home(tmp_path, **env))


@pytest.mark.parametrize("word", ["你的AccessKey", "a\nX-Acs: b", "\udcff"])
@pytest.mark.parametrize("name", ["ACCESS_KEY_ID", "ACCESS_KEY_SECRET", "SECURITY_TOKEN"])
def test_what_no_header_can_hold_is_no_key(tmp_path: Path, name: str, word: str) -> None:
    given = {"ACCESS_KEY_ID": KEY.id, "ACCESS_KEY_SECRET": KEY.secret, name: word}
    env = {f"ALIBABA_CLOUD_{each}": text for each, text in given.items()}
    with pytest.raises(CloudError, match=r"environment: .* holds characters") as raised:
        load_key(None, home(tmp_path, **env))
    assert word not in raised.value.message


def test_a_key_in_the_environment_does_not_import_the_credentials_package() -> None:
    code = (
        "import sys; from kubectl_routes.collect.credentials import load_key; "
        "load_key(None, {'ALICLOUD_ACCESS_KEY_ID': 'a', 'ALICLOUD_ACCESS_KEY_SECRET': 'b'}); "
        "sys.exit('alibabacloud_credentials' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(("mode", "key"), [("AK", KEY), ("", KEY), ("StsToken", TEMPORARY)])
def test_the_current_cli_profile(tmp_path: Path, mode: str, key: AccessKey) -> None:
    current = {"name": "b", "mode": mode, "sts_token": TEMPORARY.token, **pair(key)}
    cli_config(tmp_path, "b", {"name": "a"}, current)
    assert load_key(None, home(tmp_path)) == key


def test_a_profile_that_is_asked_for_comes_before_the_environment(tmp_path: Path) -> None:
    cli_config(tmp_path, "other", {"name": "mine", "mode": "AK", **pair(KEY)})
    env = home(
        tmp_path, ALIBABA_CLOUD_ACCESS_KEY_ID="other", ALIBABA_CLOUD_ACCESS_KEY_SECRET="other"
    )
    assert load_key("mine", env) == KEY
    assert load_key(None, home(tmp_path, ALIBABA_CLOUD_PROFILE="mine")) == KEY


@pytest.mark.parametrize("name", ["credentials", "credentials.ini"])
def test_the_credentials_file(tmp_path: Path, name: str) -> None:
    (tmp_path / ".alibabacloud").mkdir()
    (tmp_path / ".alibabacloud" / name).write_text(
        "[default]\ntype = access_key\n"
        f"access_key_id = {KEY.id}\naccess_key_secret = {KEY.secret}\n"
    )
    assert load_key(None, home(tmp_path)) == KEY


def test_a_service_that_hands_out_keys(tmp_path: Path) -> None:
    def handle(_: Request) -> Reply:
        answer = {
            "Code": "Success",
            "AccessKeyId": TEMPORARY.id,
            "AccessKeySecret": TEMPORARY.secret,
            "SecurityToken": TEMPORARY.token,
            "Expiration": "2099-01-01T00:00:00Z",
        }
        return Reply(200, msgspec.json.encode(answer))

    with LoopbackServer(handle) as server:
        env = home(tmp_path, ALIBABA_CLOUD_CREDENTIALS_URI=f"{server.url}/key")
        assert load_key(None, env) == TEMPORARY


def test_a_service_that_refuses_gives_its_code_and_no_more(tmp_path: Path) -> None:
    body = b'{"Code": "EntityNotExist.Role", "Message": "s3cr3t-C4nary"}'
    with LoopbackServer(lambda _: Reply(404, body)) as server:
        env = home(tmp_path, ALIBABA_CLOUD_CREDENTIALS_URI=f"{server.url}/key")
        with pytest.raises(CloudError, match=r"refused with EntityNotExist\.Role") as raised:
            load_key(None, env)
    assert "C4nary" not in str(raised.value)


@pytest.mark.parametrize(
    ("profile", "reason"),
    [
        ({"name": "a", "mode": "AK", "access_key_id": KEY.id}, "profile 'a' holds no AccessKey"),
        ({"name": "b", "mode": "AK"}, "config.json has no profile 'a'"),
        (
            {"name": "a", "mode": "ChainableRamRoleArn", "source_profile": "a"},
            "profile 'a' is its own source_profile",
        ),
        ({"name": "a", "mode": "EcsRamRole"}, "disabled by ALIBABA_CLOUD_ECS_METADATA_DISABLED"),
        ({"name": "a", "mode": "Telepathy"}, "mode 'Telepathy' of profile 'a'"),
    ],
)
def test_every_source_says_why_it_does_not_serve(
    tmp_path: Path, profile: dict[str, object], reason: str
) -> None:
    cli_config(tmp_path, "a", profile)
    with pytest.raises(CloudError) as raised:
        load_key(None, home(tmp_path))
    text = str(raised.value)
    assert reason in text
    assert "environment: ALIBABA_CLOUD_ACCESS_KEY_ID is not set" in text
    assert KEY.id not in text


@pytest.mark.parametrize("content", ['{"s3cr3t-C4nary', "[" * 100_000 + "C4nary"])
def test_a_damaged_cli_file_is_told_without_its_content(tmp_path: Path, content: str) -> None:
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(content)
    with pytest.raises(CloudError, match="cannot be read as JSON") as raised:
        load_key(None, home(tmp_path))
    assert "C4nary" not in str(raised.value)


def test_a_key_never_shows_itself() -> None:
    assert "C4nary" not in f"{KEY!r} {KEY} {[TEMPORARY]}"
