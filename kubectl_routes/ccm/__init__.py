"""What a cloud-controller-manager (CCM) of a given version does; no version rule stands elsewhere.

version.py       image tag -> Version, and the VersionBehavior of behaviours it belongs to
cloudconfig.py   cloud-config text -> the list of route tables as this version reads it
flags.py         command line of the container -> Settings
script.py        flags in a text that is given to a shell
startup.py         whether it starts at all, and why not
nodes.py         which nodes it serves, and with which destination and instance
entries.py       which route entries it sees, and which of them it deletes
reconcile.py     what its event reconcile and its periodic reconcile do to every cell
"""
