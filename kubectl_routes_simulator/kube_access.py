"""Who asks, and what they may do: tokens, impersonation, role-based access control, and reviews."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from kubectl_routes_simulator.kube_bodies import document
from kubectl_routes_simulator.kube_status import Refusal, bad_request, details_of
from kubectl_routes_simulator.server import Request

MASTERS, _AUTHENTICATED = "system:masters", "system:authenticated"


class User(Struct, frozen=True):
    """A user name and its groups."""

    name: str
    groups: tuple[str, ...] = ()


ADMIN = User("kubernetes-admin", (MASTERS,))


class Attributes(Struct, frozen=True):
    """What is asked, in the words of the authorizer. With ``path`` it is about a URL that is not
    a resource; ``resource`` carries no subresource.
    """

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def whole_resource(self) -> str:
        """``pods`` or ``pods/log``."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class Denial(Struct, frozen=True):
    """One thing that is refused whatever the roles say. ``resource`` is ``pods`` or ``pods/log``;
    ``*`` as verb or resource, and None as name or namespace, mean any.
    """

    verb: str
    resource: str
    name: str | None = None
    namespace: str | None = None

    def covers(self, asked: Attributes) -> bool:
        """Whether the request is the one refused."""
        return (
            not asked.path
            and self.verb in ("*", asked.verb)
            and self.resource in ("*", asked.whole_resource)
            and self.name in (None, asked.name)
            and self.namespace in (None, asked.namespace)
        )


class _Rule(Struct, rename="camel"):
    verbs: list[str]
    api_groups: list[str] = []
    resources: list[str] = []
    resource_names: list[str] = []
    non_resource_urls: list[str] = msgspec.field(name="nonResourceURLs", default_factory=list)

    def admits(self, asked: Attributes) -> bool:
        if not {asked.verb, "*"} & {*self.verbs}:
            return False
        if asked.path:
            return any(fnmatchcase(asked.path, url) for url in self.non_resource_urls)
        whole = f"*/{asked.subresource}" if asked.subresource else "*"
        return (
            bool({asked.group, "*"} & {*self.api_groups})
            and bool({"*", asked.whole_resource, whole} & {*self.resources})
            and (not self.resource_names or asked.name in self.resource_names)
        )


class _Role(Struct):
    kind: str = ""
    metadata: dict[str, Any] = {}
    rules: list[_Rule] | None = None


_EVERYONE = Path(__file__).with_name("data") / "everyone.yaml"


class Access:
    """Decides who a request comes from and whether it may.

    ``tokens`` maps bearer tokens to users; None admits all as the administrator. ``roles`` are the
    only rights outside system:masters, those of a Role in its own namespace; bindings are not read;
    None gives every right. ``denied`` is refused to all, and may change while the server runs.
    """

    def __init__(
        self,
        tokens: Mapping[str, User] | None = None,
        roles: Path | None = None,
        denied: tuple[Denial, ...] = (),
    ) -> None:
        self.tokens = None if tokens is None else dict(tokens)
        self.denied = list(denied)
        self._roles = None if roles is None else [*_load(_EVERYONE), *_load(roles)]

    def user_of(self, request: Request) -> User:
        """The user behind a request, after impersonation. Raises Refusal: 401 or 403."""
        user: User | None = ADMIN
        if self.tokens is not None:
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            user = self.tokens.get(token.strip()) if scheme.lower() == "bearer" else None
        if user is None:
            raise Refusal(401, "Unauthorized", "Unauthorized")
        user = User(user.name, tuple(dict.fromkeys((*user.groups, _AUTHENTICATED))))
        name = request.headers.get("impersonate-user", "")
        if not name:
            return user
        self.check(user, Attributes("impersonate", resource="users", name=name))
        groups = [item.strip() for item in request.headers.get("impersonate-group", "").split(",")]
        named = tuple(group for group in groups if group)
        for group in named:
            self.check(user, Attributes("impersonate", resource="groups", name=group))
        return User(name, (*named, _AUTHENTICATED))

    def allows(self, user: User, asked: Attributes) -> bool:
        """Whether the user may do what is asked."""
        if any(denial.covers(asked) for denial in self.denied):
            return False
        if self._roles is None or MASTERS in user.groups:
            return True
        for role in self._roles:
            own = role.metadata.get("namespace", "default")
            counts = role.kind == "ClusterRole" or own == asked.namespace
            if counts and any(rule.admits(asked) for rule in role.rules or ()):
                return True
        return False

    def check(self, user: User, asked: Attributes) -> None:
        """Raise Refusal (403), in the words of the API server, unless the user may."""
        if self.allows(user, asked):
            return
        if asked.path:
            message = f'forbidden: User "{user.name}" cannot {asked.verb} path "{asked.path}"'
            raise Refusal(403, "Forbidden", message, {})
        qualified = f"{asked.resource}.{asked.group}" if asked.group else asked.resource
        subject = f'{qualified} "{asked.name}"' if asked.name else qualified
        scope = "at the cluster scope"
        if asked.namespace:
            scope = f'in the namespace "{asked.namespace}"'
        message = (
            f'{subject} is forbidden: User "{user.name}" cannot {asked.verb} resource '
            f'"{asked.whole_resource}" in API group "{asked.group}" {scope}'
        )
        details = details_of(asked.group, asked.resource, asked.name)
        raise Refusal(403, "Forbidden", message, details)


def _load(path: Path) -> list[_Role]:
    # PyYAML is slow to import, and most simulated clusters run without roles.
    import yaml  # noqa: PLC0415

    documents: list[Any] = [one for one in yaml.safe_load_all(path.read_text()) if one]
    roles = [msgspec.convert(one, _Role) for one in documents]
    return [role for role in roles if role.kind in ("ClusterRole", "Role")]


Object = dict[str, Any]


def access_review(request: Request, access: Access, user: User) -> Object:
    """Answer a SelfSubjectAccessReview. Raises Refusal: 400 or 415 for its body."""
    body = document(request)
    spec = body.get("spec") if isinstance(body, dict) else None
    given: Object = spec if isinstance(spec, dict) else {}
    asked = given.get("resourceAttributes") or given.get("nonResourceAttributes")
    if not asked:
        raise bad_request("exactly one of nonResourceAttributes or resourceAttributes must be set")
    known = {name: str(asked.get(name, "")) for name in Attributes.__struct_fields__}
    return {
        "kind": "SelfSubjectAccessReview",
        "apiVersion": "authorization.k8s.io/v1",
        "metadata": {"creationTimestamp": None},
        "spec": given,
        "status": {"allowed": access.allows(user, Attributes(**known))},
    }


def subject_review(user: User) -> Object:
    """Answer a SelfSubjectReview: who am I."""
    return {
        "kind": "SelfSubjectReview",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"creationTimestamp": None},
        "status": {"userInfo": {"username": user.name, "groups": list(user.groups)}},
    }
