"""An AccessKey for the VPC API, from where the Alibaba Cloud tools keep theirs.

Never from the cluster, whose cloud-config may hold one: that key is CCM's, with CCM's rights.
"""

from __future__ import annotations

import configparser
import json
import os
from collections.abc import Callable, Mapping

from kubectl_routes.collect import roles
from kubectl_routes.collect.aliyun_client import AccessKey
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.roles import UnusableCredential
from kubectl_routes.model.errors import CloudError
from kubectl_routes.model.message import joined, message

Source = Callable[[Mapping[str, str], str], AccessKey]

# Spellings that the Alibaba Cloud CLI and Terraform accept, the official one first.
PREFIXES = ("ALIBABA_CLOUD", "ALIBABACLOUD", "ALICLOUD")


def load_key(profile: str | None, env: Mapping[str, str]) -> AccessKey:
    """The first AccessKey found: environment, RRSA, CLI profile, credentials file, ECS role, URI.

    ``profile`` (--profile) names a profile and then only the files are looked at; without it the
    files' profile is ALIBABA_CLOUD_PROFILE or their default. Raises CloudError that names every
    source and why it did not serve; no key is ever part of it.
    """
    wanted = profile or env.get("ALIBABA_CLOUD_PROFILE", "")
    sources = [source for source in SOURCES if not profile or source[2]]
    reasons = []
    for name, source, _ in sources:
        try:
            return source(env, wanted)
        except UnusableCredential as unusable:
            reasons.append(message("{source}: {reason}", source=name, reason=unusable.args[0]))
    raise CloudError(
        message("no credentials for the VPC API: {reasons}", reasons=joined("; ", reasons)),
        message(
            "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or"
            " run 'aliyun configure'; kubectl routes permissions --ram --for read"
            " prints the policy"
        ),
    )


def _from_environment(env: Mapping[str, str], _: str) -> AccessKey:
    # A key in the environment is taken without the credentials package: importing that costs
    # 0.4 s (aiohttp and a scheduler come along), as much as all the rest of a small status.
    for prefix in PREFIXES:
        key_id = env.get(f"{prefix}_ACCESS_KEY_ID", "").strip()
        secret = env.get(f"{prefix}_ACCESS_KEY_SECRET", "").strip()
        if key_id and secret:
            return AccessKey(key_id, secret, env.get(f"{prefix}_SECURITY_TOKEN", "").strip())
        if key_id or secret:
            half = "ID" if secret else "SECRET"
            raise UnusableCredential(
                message("{prefix}_ACCESS_KEY_{half} is missing", prefix=prefix, half=half)
            )
    raise UnusableCredential(message("ALIBABA_CLOUD_ACCESS_KEY_ID is not set"))


def _from_rrsa(env: Mapping[str, str], _: str) -> AccessKey:
    names = ("ROLE_ARN", "OIDC_PROVIDER_ARN", "OIDC_TOKEN_FILE")
    values = [env.get(f"ALIBABA_CLOUD_{name}", "") for name in names]
    if not all(values):
        raise UnusableCredential(message("not set up"))
    arn, provider, token_file = values
    session = env.get("ALIBABA_CLOUD_ROLE_SESSION_NAME", "")
    return roles.with_oidc(arn, provider, token_file, session, env)


def _from_cli_profile(env: Mapping[str, str], wanted: str) -> AccessKey:
    if env.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() == "true":
        raise UnusableCredential(message("disabled"))
    path = os.path.join(env.get("HOME", ""), ".aliyun", "config.json")
    try:
        with open(path, encoding="utf-8") as file:
            config = Document(json.load(file))
    except FileNotFoundError:
        raise UnusableCredential(message("~/.aliyun/config.json does not exist")) from None
    except (OSError, ValueError, RecursionError):
        raise UnusableCredential(message("~/.aliyun/config.json cannot be read as JSON")) from None
    return _profile_key(config, wanted or config.text("current"), path, env, ())


def _profile_key(
    config: Document, name: str, path: str, env: Mapping[str, str], seen: tuple[str, ...]
) -> AccessKey:
    profiles = {each.text("name"): each for each in config.items("profiles")}
    if name not in profiles:
        raise UnusableCredential(
            message("~/.aliyun/config.json has no profile {name}", name=repr(name))
        )
    if name in seen:
        raise UnusableCredential(
            message("profile {name} is its own source_profile", name=repr(name))
        )
    profile = profiles[name]
    mode = profile.text("mode")
    if mode in ("AK", "StsToken", ""):
        return _pair(
            profile,
            message("profile {name}", name=repr(name)),
            token="sts_token" if mode == "StsToken" else "",
        )
    if mode == "RamRoleArn":
        return roles.with_role(
            _pair(profile, message("profile {name}", name=repr(name)), token="sts_token"),
            profile,
            env,
        )
    if mode == "EcsRamRole":
        return roles.of_ecs(profile.text("ram_role_name"), env)
    if mode == "RamRoleArnWithRoleName":
        return roles.with_role(roles.of_ecs(profile.text("ram_role_name"), env), profile, env)
    if mode == "ChainableRamRoleArn":
        source = profile.text("source_profile")
        return roles.with_role(_profile_key(config, source, path, env, (*seen, name)), profile, env)
    if mode == "OIDC":
        return roles.with_oidc(
            profile.text("ram_role_arn"),
            profile.text("oidc_provider_arn"),
            profile.text("oidc_token_file"),
            profile.text("ram_session_name"),
            env,
        )
    if mode == "CredentialsURI":
        return roles.from_uri(profile.text("credentials_uri"), env)
    return roles.of_cli(name, path, mode, env)


def _pair(section: Document, where: str, token: str) -> AccessKey:
    key_id, secret = section.text("access_key_id"), section.text("access_key_secret")
    if not key_id or not secret:
        raise UnusableCredential(message("{where} holds no AccessKey", where=where))
    return AccessKey(key_id, secret, section.text(token) if token else "")


def _from_credentials_file(env: Mapping[str, str], wanted: str) -> AccessKey:
    folder = os.path.join(env.get("HOME", ""), ".alibabacloud")
    given = env.get("ALIBABA_CLOUD_CREDENTIALS_FILE")
    paths = [given] if given else [os.path.join(folder, "credentials.ini"), folder + "/credentials"]
    path = next((path for path in paths if os.path.isfile(path)), "")
    if not path:
        raise UnusableCredential(
            message("{given} does not exist", given=given or "~/.alibabacloud/credentials")
        )
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        parser.read(path, encoding="utf-8")
    except (OSError, ValueError, configparser.Error):
        raise UnusableCredential(message("{path} cannot be read", path=path)) from None
    name = wanted or "default"
    if not parser.has_section(name):
        raise UnusableCredential(
            message("{path} has no section {name}", path=path, name=repr(name))
        )
    return _section_key(
        Document(dict(parser.items(name))), message("section {name}", name=repr(name)), env
    )


def _section_key(section: Document, where: str, env: Mapping[str, str]) -> AccessKey:
    kind = section.text("type")
    if section.text("enable").lower() == "false":
        raise UnusableCredential(message("{where} is not enabled", where=where))
    if kind in ("access_key", "sts", ""):
        return _pair(section, where, token="security_token")
    if kind == "ram_role_arn":
        return roles.with_role(_pair(section, where, token="security_token"), section, env)
    if kind == "ecs_ram_role":
        return roles.of_ecs(section.text("role_name"), env)
    if kind == "oidc_role_arn":
        return roles.with_oidc(
            section.text("role_arn"),
            section.text("oidc_provider_arn"),
            section.text("oidc_token_file_path"),
            section.text("role_session_name"),
            env,
        )
    raise UnusableCredential(
        message("{where} has type {kind}, which is not supported", where=where, kind=repr(kind))
    )


def _from_ecs(env: Mapping[str, str], _: str) -> AccessKey:
    return roles.of_ecs(env.get("ALIBABA_CLOUD_ECS_METADATA", ""), env)


def _from_uri(env: Mapping[str, str], _: str) -> AccessKey:
    uri = env.get("ALIBABA_CLOUD_CREDENTIALS_URI", "")
    if not uri:
        raise UnusableCredential(message("ALIBABA_CLOUD_CREDENTIALS_URI is not set"))
    return roles.from_uri(uri, env)


# In this order; the last column says whether a source knows profiles.
SOURCES: tuple[tuple[str, Source, bool], ...] = (
    ("environment", _from_environment, False),
    ("RRSA", _from_rrsa, False),
    (message("CLI profile"), _from_cli_profile, True),
    (message("credentials file"), _from_credentials_file, True),
    (message("ECS RAM role"), _from_ecs, False),
    (message("credentials URI"), _from_uri, False),
)
