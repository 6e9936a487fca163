"""What makes a release: the frozen archive, krew's manifest, and the checks on both.

Nothing here is part of the installed package. Each step is a module that can be run:

    python -m release.freeze       build/frozen/kubectl-routes/, a folder that needs no Python
    python -m release.archive      dist/kubectl-routes_VERSION_OS_ARCH.tar.gz, and its sha256
    python -m release.manifest     dist/routes.yaml, krew's manifest of the archives in dist/
    python -m release.krew FILE    krew's own rules on a manifest, and ours

``make dist`` takes them all.
"""
