"""Users of a kubeconfig that log in by OpenID Connect: the official client renews their tokens."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

from kubectl_routes.collect.proxy import is_loopback
from kubectl_routes.model.errors import ClusterError, UsageError
from kubectl_routes.model.message import message

_CHOSEN = "kubectl-routes"
_PARTS = ("clusters", "contexts", "users")
_CA = "idp-certificate-authority"


def token(documents: Mapping[str, dict[str, Any]], user: str) -> str:
    """The id token of ``user``, renewed where it has expired; ``documents`` are the kubeconfig
    files by path, and a renewed token is written back to its file, as kubectl does: the old refresh
    token may be worth nothing afterwards. Raises UsageError and ClusterError.
    """
    from kubernetes.client.exceptions import ApiException  # noqa: PLC0415
    from kubernetes.config import ConfigException, kube_config  # noqa: PLC0415
    from oauthlib.oauth2 import OAuth2Error  # type: ignore[import-untyped]  # noqa: PLC0415
    from requests import RequestException  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    loader_class: Any = kube_config.KubeConfigLoader

    class Loader(loader_class):  # type: ignore[misc]
        def _refresh_oidc(self, provider: Any) -> None:
            """Without an authority of its own the official one would not check the certificate of
            who is asked where to send the refresh token.
            """
            import certifi  # noqa: PLC0415

            config = provider["config"].value
            _check_issuer(str(config.get("idp-issuer-url", "")))
            given = _CA in config or f"{_CA}-data" in config
            if not given:
                config[_CA] = os.environ.get("SSL_CERT_FILE") or certifi.where()
            try:
                super()._refresh_oidc(provider)
            finally:
                if not given:
                    del config[_CA]

    merger = _merger(kube_config, documents)
    chosen = {"name": _CHOSEN, "context": {"cluster": _CHOSEN, "user": user}}
    merger.config.value["contexts"] = [chosen]
    merger.config.value["clusters"] = [{"name": _CHOSEN, "cluster": {}}]
    try:
        loader = Loader(
            merger.config,
            active_context=_CHOSEN,
            config_base_path=None,
            config_persister=merger.save_changes,
        )
        loader._load_authentication()
    except (RequestException, HTTPError, OAuth2Error, ApiException, ConfigException) as error:
        raise _refused(user, type(error).__name__) from None
    except (LookupError, ValueError, TypeError, AttributeError):
        raise _refused(
            user, message("its answer, or the kubeconfig's entry, is malformed")
        ) from None
    finally:
        kube_config._cleanup_temp_files()  # type: ignore[no-untyped-call]
    found = str(getattr(loader, "token", "") or "").partition(" ")[2]
    if not found:
        raise _refused(user, message("there is no valid id-token"))
    return found


def _merger(kube_config: Any, documents: Mapping[str, dict[str, Any]]) -> Any:
    class Merger(kube_config.KubeConfigMerger):  # type: ignore[misc]
        """The official merger, but for the reading of files, which are read already."""

        config_merged: Any

        def load_config(self, path: str) -> None:
            config = documents[path]
            if self.config_merged is None:
                whole = {**deepcopy(config), **{part: [] for part in _PARTS}}
                self.config_merged = kube_config.ConfigNode(path, whole, path)
            for part in _PARTS:
                self._merge(part, config.get(part) or [], path)
            self.config_files[path] = config

    return Merger(os.pathsep.join(documents))


def _check_issuer(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise UsageError(
            message("the OIDC issuer of the kubeconfig must be an https:// URL"),
            message("idp-issuer-url: a refresh token would be sent in the clear"),
        )


def _refused(user: str, reason: str) -> ClusterError:
    return ClusterError(
        message(
            "the token of user {user} cannot be renewed by the OIDC issuer: {reason}",
            user=repr(user),
            reason=reason,
        ),
        message("check idp-issuer-url and the network, or log in again"),
        status=401,
    )
