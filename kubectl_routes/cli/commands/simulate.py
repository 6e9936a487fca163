"""``simulate``: a simulated cluster on this machine, to try things out without a real one."""

from __future__ import annotations

import argparse
import gc
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from threading import Event

from kubectl_routes.cli.interrupts import Interrupts
from kubectl_routes.cli.parser import nearest_hint
from kubectl_routes.cli.terminal import Terminal
from kubectl_routes.model.errors import UsageError
from kubectl_routes.model.message import Message, message
from kubectl_routes_simulator.cluster import SimulatedCluster
from kubectl_routes_simulator.scenarios import FORMER_NAMES, SCENARIOS, THEMES

# CCM's own reconcile period, so that what status foretells comes true, in seconds.
PERIOD = 300.0

# What a shell reports of a program that a signal ended, less the number of the signal.
BY_SIGNAL = 128


def run(args: argparse.Namespace, terminal: Terminal) -> int:
    """Run the command against a simulated cluster and return its exit code. Without one, open a
    shell on a terminal; elsewhere say how to use the cluster and keep it until interrupted.
    """
    if args.list:
        terminal.write(_scenarios(terminal))
        return 0
    scenario = _scenario(args.scenario, terminal)
    gc.enable()
    _check_temporary_folder()
    held = terminal.interrupts.held()  # so that no file of the cluster is left behind
    with held, SimulatedCluster(scenario, args.nodes, args.tables, period=PERIOD) as cluster:
        env = cluster.environment(terminal.env)
        env["PATH"] = os.pathsep.join(filter(None, (args.scripts, env.get("PATH"))))
        if args.after:
            return _command(args.after, env, terminal.interrupts)
        if sys.stdin.isatty() and terminal.env.get("SHELL"):
            return _shell(scenario, terminal, env)
        return _keep(env, terminal)


def _check_temporary_folder() -> None:
    """Raise UsageError where no temporary file can be written: the cluster needs a kubeconfig."""
    try:
        tempfile.gettempdir()
    except FileNotFoundError:
        raise UsageError(
            message("no temporary file can be written, and simulate needs some"),
            message("let TMPDIR name a folder that can be written to"),
        ) from None


def _scenario(name: str, terminal: Terminal) -> str:
    """The scenario of that name, or of that former name. Raises UsageError when there is none."""
    if name in FORMER_NAMES:
        terminal.tell(
            message("{name} is now called {new_name}", name=name, new_name=FORMER_NAMES[name])
        )
        return FORMER_NAMES[name]
    if name not in SCENARIOS:
        raise UsageError(
            message("there is no scenario {name}", name=repr(name)),
            nearest_hint(name, SCENARIOS, message("kubectl routes simulate --list shows all")),
        )
    return name


def _scenarios(terminal: Terminal) -> str:
    """The list; its texts are those of the simulator, which knows no other language."""
    width = max(map(len, SCENARIOS)) + 2
    groups = []
    for theme, names in THEMES.items():
        lines = [terminal.said(message("{name}:", name=Message(theme)))]
        lines += [f"  {name:<{width}}{terminal.said(Message(SCENARIOS[name]))}" for name in names]
        groups.append("".join(f"{line}\n" for line in lines))
    return "\n".join(groups)


def _command(words: list[str], env: dict[str, str], interrupts: Interrupts) -> int:
    """Run it to its end. It gets the signals that we get, and decides what to do; an interrupt
    reaches it from the terminal anyway.
    """
    try:
        process = subprocess.Popen(words, env=env)  # noqa: S603 - to run it is what was asked for
    except OSError as error:
        raise UsageError(
            message("cannot run {program}: {reason}", program=words[0], reason=str(error.strerror))
        ) from None
    with process:
        while True:
            try:
                with interrupts.admitted(again=True):
                    code = process.wait()
            except KeyboardInterrupt as interrupt:
                if interrupt.args and interrupt.args[0] != signal.SIGINT:
                    process.send_signal(interrupt.args[0])
                continue
            return code if code >= 0 else BY_SIGNAL - code


def _shell(scenario: str, terminal: Terminal, env: dict[str, str]) -> int:
    """The operator's own shell, whose prompt says where it is: its start-up files could set another
    prompt, and another KUBECONFIG.
    """
    shell = terminal.env["SHELL"]
    bare = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}
    words = [shell, *bare.get(os.path.basename(shell), []), "-i"]
    terminal.tell(
        message(
            "A shell for the simulated cluster {scenario}. Try: kubectl routes status",
            scenario=scenario,
        )
    )
    terminal.tell(message("The cluster ends with the shell: exit or Ctrl-D."))
    return _command(words, {**env, "PS1": f"(simulated: {scenario}) $ "}, terminal.interrupts)


def _keep(env: dict[str, str], terminal: Terminal) -> int:
    changed = {name: value for name, value in env.items() if terminal.env.get(name) != value}
    # The operator's own credentials must not come along into the simulated cluster.
    unwanted = [name for name in terminal.env if name not in env]
    terminal.tell(message("The simulated cluster runs. In another shell of this machine:"))
    terminal.write(
        "".join(f"export {name}={shlex.quote(value)}\n" for name, value in changed.items())
        + "".join(f"unset {name}\n" for name in unwanted)
    )
    terminal.tell(
        message("Then kubectl, and kubectl routes, see the simulated cluster. Ctrl-C ends it.")
    )
    with terminal.interrupts.admitted():
        Event().wait()
    return 0
