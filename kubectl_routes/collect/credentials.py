"""An AccessKey for the VPC API, from where the Alibaba Cloud tools keep theirs.

Never from the cluster, whose cloud-config may hold one: that key is CCM's, with CCM's rights.
"""

from __future__ import annotations

import configparser
import json
import os
from collections.abc import Callable, Mapping

from kubectl_routes.collect import roles
from kubectl_routes.collect.document import Document
from kubectl_routes.collect.roles import UnusableCredential
from kubectl_routes.collect.signing import AccessKey
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
            return _sendable(source(env, wanted))
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


def _sendable(key: AccessKey) -> AccessKey:
    """The key. Raises UnusableCredential for one that no header can hold: no key is like that, but
    what a guide has in the place of one may be.
    """
    words = key.id + key.secret + key.token
    if not (words.isascii() and words.isprintable()):
        raise UnusableCredential(
            message("the AccessKey or its token holds characters that are in none")
        )
    return key


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
    names = {
        "ram_role_arn": "ROLE_ARN",
        "oidc_provider_arn": "OIDC_PROVIDER_ARN",
        "oidc_token_file": "OIDC_TOKEN_FILE",
        "ram_session_name": "ROLE_SESSION_NAME",
    }
    found = {name: env.get(f"ALIBABA_CLOUD_{variable}", "") for name, variable in names.items()}
    if not all([*found.values()][:3]):
        raise UnusableCredential(message("not set up"))
    return roles.with_oidc(Document(found), env)


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
    if mode == "ChainableRamRoleArn":
        source = profile.text("source_profile")
        return roles.with_role(_profile_key(config, source, path, env, (*seen, name)), profile, env)
    found = _key(mode or "AK", profile, message("profile {name}", name=repr(name)), env)
    return found or roles.of_cli(name, path, mode, env)


def _key(mode: str, settings: Document, where: str, env: Mapping[str, str]) -> AccessKey | None:
    """The key that ``settings``, spelled as in a CLI profile, lead to; None for another mode."""
    role = settings.text("ram_role_name")
    match mode:
        case "AK":
            return _pair(settings, where, "")
        case "StsToken":
            return _pair(settings, where, settings.text("sts_token"))
        case "RamRoleArn":
            pair = _pair(settings, where, settings.text("sts_token"))
            return roles.with_role(pair, settings, env)
        case "EcsRamRole":
            return roles.of_ecs(role, env)
        case "RamRoleArnWithRoleName":
            return roles.with_role(roles.of_ecs(role, env), settings, env)
        case "OIDC":
            return roles.with_oidc(settings, env)
        case "CredentialsURI":
            return roles.from_uri(settings.text("credentials_uri"), env)
    return None


def _pair(settings: Document, where: str, token: str) -> AccessKey:
    key_id, secret = settings.text("access_key_id"), settings.text("access_key_secret")
    if not key_id or not secret:
        raise UnusableCredential(message("{where} holds no AccessKey", where=where))
    return AccessKey(key_id, secret, token)


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
    section, where = dict(parser.items(name)), message("section {name}", name=repr(name))
    if section.get("enable", "").lower() == "false":
        raise UnusableCredential(message("{where} is not enabled", where=where))
    kind = section.get("type", "")
    settings = Document({_SETTINGS.get(each, each): value for each, value in section.items()})
    found = _key(_MODES[kind], settings, where, env) if kind in _MODES else None
    if found is None:
        raise UnusableCredential(
            message("{where} has type {kind}, which is not supported", where=where, kind=repr(kind))
        )
    return found


# The mode of a CLI profile, and the names of its settings, for those of a credentials file.
_MODES = {
    "": "StsToken",
    "access_key": "StsToken",
    "sts": "StsToken",
    "ram_role_arn": "RamRoleArn",
    "ecs_ram_role": "EcsRamRole",
    "oidc_role_arn": "OIDC",
}
_SETTINGS = {
    "oidc_token_file_path": "oidc_token_file",
    "role_arn": "ram_role_arn",
    "role_name": "ram_role_name",
    "role_session_name": "ram_session_name",
    "security_token": "sts_token",
}


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
