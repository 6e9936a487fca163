"""One pure function for each finding code: from a CheckContext to what it found.

context.py     what every check looks at: the Snapshot, judged once, and its cells by cause
check.py       what a check declares, and what it finds before the catalog puts it into words
evidence.py    evidence: Events, log lines, cells, entries
remedies.py    the steps of a remedy, and who can take them
blockers.py    findings about what keeps CCM from writing at all
tables.py      which tables CCM works on: RT101, RT103 to RT108
controller.py  how CCM is installed: RT102, RT109 to RT111, RT113, RT115, RT119, RT120
running.py     whether CCM runs: RT112
operation.py   what keeps a running CCM from its work: RT114, RT116 to RT118
nodes.py       RT201 to RT209
entries.py     RT301 to RT309
vpc.py         RT401 to RT403
tool.py        what could not be read: RT901 to RT903
registry.py    all checks, and running one
diagnosis.py   every check run once, worded, the gravest first
verdict.py     whether the cluster is healthy
"""
