#!/bin/sh
# The main workflow in a minute, on the built-in simulated cluster: nothing leaves this machine.
# Run it with "make demo", or with kubectl, kubectl-routes and python3 in PATH.
set -u

step=0

# explain TEXT: what the next command is for.
explain() {
    step=$((step + 1))
    printf '\n\033[1m%d. %s\033[0m\n' "$step" "$1"
}

# run EXPECTED COMMAND...: show a command, run it, and stop unless it exits as expected.
run() {
    expected=$1
    shift
    printf '$ %s\n\n' "$*"
    "$@"
    code=$?
    if [ "$code" -ne "$expected" ]; then
        printf '\nThe command exited with %d, not with %d: the demo stops here.\n' \
            "$code" "$expected" >&2
        exit 1
    fi
}

# in_scenario NAME EXPECTED COMMAND...: run a command inside a simulated cluster.
in_scenario() {
    scenario=$1
    expected=$2
    shift 2
    run "$expected" kubectl-routes simulate --scenario "$scenario" -- "$@"
}

explain 'Which simulated clusters are there?'
run 0 kubectl-routes simulate --list

explain 'A healthy cluster: every node has its route in both route tables.'
in_scenario healthy 0 kubectl routes status

explain 'The same cluster after its VPC got a second route table, and routeTableIDs
   was not set: two nodes joined since then, and have no route.'
in_scenario blocked 0 kubectl routes status

explain 'Only the nodes with a problem, and an exit code for scripts: 1, a route is not ok.'
in_scenario blocked 1 kubectl routes status --problems --check

explain 'The route tables: which nodes use them, and how many entries they hold.'
in_scenario blocked 0 kubectl routes tables

explain 'What kubectl shows of it: one Warning.'
in_scenario blocked 0 kubectl get events

explain 'The cause, and the command that fixes it.'
in_scenario blocked 1 kubectl routes diagnose

explain 'Fix it, verify the routes, and undo the change.'
in_scenario blocked 0 sh -c 'kubectl routes enable --tables auto --yes &&
    kubectl routes status --check &&
    kubectl routes disable --yes'

printf '\nDone. Next: kubectl-routes simulate --scenario blocked\n'
