"""Known vulnerabilities of what is frozen into the archives, and of what is installed here.

pip-audit asks OSV about each release. Where that service cannot be reached this says that nothing
was checked, and is no failure; what it finds is one. PIP_AUDIT_OSV_URL names another service.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import msgspec

ROOT = Path(__file__).parent.parent
# What is asked about: all of a set is given by its arguments.
SETS = {
    "frozen": ("--requirement", str(ROOT / "release/frozen.txt"), "--disable-pip"),
    "installed": ("--path", sysconfig.get_path("purelib"), "--skip-editable"),
}
_MANNER = ("--vulnerability-service=osv", "--format=json", "--progress-spinner=off", "--timeout=5")
# How pip-audit and its libraries end when there is no service, or something else in its place.
_UNREACHED = ("ConnectionError", "Timeout", "ServiceError", "JSONDecodeError", "ProxyError")
# Seconds for one set.
TIMEOUT = 120


class _Vulnerability(msgspec.Struct):
    id: str
    fix_versions: list[str] = []


class _Dependency(msgspec.Struct):
    name: str
    version: str = ""
    skip_reason: str = ""
    vulns: list[_Vulnerability] = []


class _Report(msgspec.Struct):
    dependencies: list[_Dependency]


def main() -> int:
    """Ask, tell, and return 1 where something is known, 2 where pip-audit itself failed."""
    code = 0
    for name, arguments in SETS.items():
        report, trouble = _asked(arguments)
        if report is not None:
            code |= _told(name, report)
        elif any(sign in trouble for sign in _UNREACHED):
            print("known vulnerabilities: not checked: the database cannot be reached")
            return code
        else:
            print(f"known vulnerabilities of what is {name}: not checked: {trouble}")
            return 2
    return code


def _asked(arguments: tuple[str, ...]) -> tuple[_Report | None, str]:
    command = [sys.executable, "-m", "pip_audit", *_MANNER, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        return None, f"Timeout: no end within {TIMEOUT} s"
    try:
        return msgspec.json.decode(done.stdout, type=_Report), ""
    except msgspec.DecodeError:
        lines = done.stderr.decode().splitlines() or ["it gave no reason"]
        return None, lines[-1][:200]


def _told(name: str, report: _Report) -> int:
    skipped = [one for one in report.dependencies if one.skip_reason]
    known = [(one, each) for one in report.dependencies for each in one.vulns]
    asked = len(report.dependencies) - len(skipped)
    print(f"known vulnerabilities of what is {name}: {len(known)} in {asked}")
    for one in skipped:
        print(f"  {one.name}: not checked: {one.skip_reason}")
    for one, each in known:
        fixed = ", ".join(each.fix_versions) or "no release"
        print(f"  {one.name} {one.version}: {each.id}, fixed in {fixed}")
    return bool(known)


if __name__ == "__main__":
    sys.exit(main())
