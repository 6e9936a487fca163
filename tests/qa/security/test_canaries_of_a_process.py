"""The program as a process: what it writes, leaves behind, and hands to the programs it starts."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from kubectl_routes.cli.main import main
from kubectl_routes_simulator.cluster import SimulatedCluster
from tests.cli.programs import PATH, ROUTES
from tests.qa.security import canaries
from tests.qa.security.authority import Authority
from tests.qa.security.canaries import leaks
from tests.qa.security.planted import SENTENCES, Planted, sentence
from tests.qa.security.sources import SOURCES, Services, services
from tests.qa.security.users import USERS, User, credential, program, use


@pytest.fixture
def around(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with services(tmp_path_factory.mktemp("services")) as found:
        yield found


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Planted]:
    tls = Authority(tmp_path).issue("127.0.0.1")
    with SimulatedCluster("conflict", nodes=4, tls=tls) as cluster:
        found = Planted(cluster, tmp_path)
        (tmp_path / "tmp").mkdir()
        found.env |= {"PATH": PATH, "TMPDIR": str(tmp_path / "tmp"), "DEBUG": "sdk"}
        yield found


def start(place: Planted, *words: str) -> subprocess.CompletedProcess[str]:
    """What a process answers, which shows none of the canaries."""
    found = subprocess.run(
        [ROUTES, *words], env=place.env, capture_output=True, text=True, check=False
    )
    assert leaks(found.stdout + found.stderr, place.canaries) == []
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


@pytest.mark.parametrize("form", USERS)
def test_no_file_is_left_and_no_file_is_changed(place: Planted, form: str) -> None:
    use(place, USERS[form](place))
    before = contents(place.home)
    found = start(place, "status", "-v", "10")
    assert found.returncode in (0, 1), found.stderr
    assert contents(place.home) == before


@pytest.mark.parametrize("source", ["CLI profile CredentialsURI", "RRSA", "CLI profile External"])
def test_a_key_that_is_handed_out_shows_nowhere_even_when_the_sdks_debug(
    place: Planted, around: Services, source: str
) -> None:
    laid = SOURCES[source](place, around)
    # All servers have one authority here, the services another.
    both = Path(place.env["ALIBABA_CLOUD_CA_BUNDLE"])
    both.write_bytes(both.read_bytes() + Path(around.authority.path).read_bytes())
    place.without_key()
    place.env |= {**laid.env, "ALIBABA_CLOUD_CA_BUNDLE": str(both)}
    place.cluster.vpc.gatekeeper.keys = {laid.key.id: laid.key}
    place.canaries |= {"id": laid.key.id, "secret": laid.key.secret, "token": laid.key.token}
    found = start(place, "status", "-v", "10")
    assert found.returncode in (0, 1), found.stderr


def test_the_words_that_start_a_plugin_hold_no_credential(place: Planted) -> None:
    told, token = place.home / "told", place.token("plugin")
    answer = credential(token=token)
    script = f"echo \"$0 $@ $KUBERNETES_EXEC_INFO\" > {told}\necho '{answer}'"
    use(place, User(program(place, script)))
    names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    place.canaries |= {name: place.env[name] for name in names}
    assert start(place, "tables").returncode == 0
    assert str(place.home / "plugin") in told.read_text()
    assert leaks(told.read_text(), place.canaries) == []


def test_a_command_on_the_simulated_cluster_gets_none_of_the_operators_credentials(
    place: Planted,
) -> None:
    use(place, USERS["token"](place))
    names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALICLOUD_ACCESS_KEY_SECRET", "ALIYUN_SECRET_KEY",
             "ALIBABACLOUD_SECURITY_TOKEN", "ACCESS_KEY_SECRET")  # fmt: skip
    place.env |= {name: place.secret(name) for name in names}
    for name in ("HTTPS_PROXY", "http_proxy", "ALL_PROXY"):
        place.env[name] = f"http://me:{place.secret(name)}@127.0.0.1:9"
    found = start(place, "simulate", "--", "env")
    assert found.returncode == 0, found.stderr
    assert "KUBECONFIG=" in found.stdout


class Broken(io.StringIO):
    """A stream that fails with a message that holds whatever it likes."""

    text = ""

    def write(self, text: str) -> int:
        raise ValueError(self.text)


@pytest.mark.parametrize("way", SENTENCES)
@pytest.mark.parametrize("verbosity", ["0", "7", "8", "10"])
def test_an_error_of_ours_shows_no_credential(way: str, verbosity: str) -> None:
    planted = {name: getattr(canaries, name)(name) for name in ("key_id", "secret", "token")}
    hidden = canaries.token("env")
    stdout, stderr = Broken(), io.StringIO()
    stdout.text = f"{sentence(way, *planted.values())} {hidden}"
    env = {"MY_TOKEN": hidden, "HOME": "/nonexistent"}
    assert main(["kubectl-routes", "version", "-v", verbosity], env, stdout, stderr) == 3
    assert ("Traceback" in stderr.getvalue()) == (int(verbosity) >= 8)
    assert leaks(stderr.getvalue(), {**planted, "env": hidden}) == []
