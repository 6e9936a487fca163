"""One pure function for each finding code: from a CheckContext to what it found. The
code stands in the ``@check`` above its function.

context.py     what every check looks at: the Snapshot, judged once, and its cells by cause
check.py       what a check declares, and what it finds before the catalog puts it into words
evidence.py    evidence: Events, log lines, cells, entries
remedies.py    the steps of a remedy, and who can take them
blockers.py    findings about what keeps CCM from writing at all
tables.py      which tables CCM works on
controller.py  how CCM is installed
running.py     whether CCM runs
operation.py   what keeps a running CCM from its work
nodes.py       what is wrong with single nodes
entries.py     what is wrong with single entries
vpc.py         the VPC's own limits
tool.py        what could not be read
registry.py    all checks, and running one
diagnosis.py   every check run once, worded, the gravest first
verdict.py     whether the cluster is healthy
"""
