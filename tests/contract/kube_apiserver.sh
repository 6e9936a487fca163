#!/bin/sh
# A real kube-apiserver and etcd into the folder $1, for KUBEBUILDER_ASSETS: built from the source
# package of Debian 12, whose release of Kubernetes is 1.20.2. For root on Debian 12; it takes a
# quarter of an hour, and 5 GB in a folder for temporary files.
set -eu
assets=$1
mkdir -p "$assets"
if [ "$(id -u)" -ne 0 ] || ! grep -q '^VERSION_CODENAME=bookworm' /etc/os-release; then
    echo 'this builds on Debian 12, as root; elsewhere setup-envtest brings the two programs' >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
sed 's/^Types: deb$/Types: deb-src/' /etc/apt/sources.list.d/debian.sources \
    >/etc/apt/sources.list.d/debian-sources-of-programs.sources
apt-get update
apt-get install -y --no-install-recommends dpkg-dev etcd-server golang-go jq make rsync
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
chmod 755 "$build"
(cd "$build" && apt-get source --download-only kubernetes && tar xzf kubernetes_*.orig.tar.gz)
cd "$build"/kubernetes-*/
# As debian/rules does it: in a GOPATH, with nothing from any network.
mkdir -p .go/src/k8s.io
ln -s ../../.. .go/src/k8s.io/kubernetes
env HOME="$build" GOPATH="$PWD/.go" GOPROXY=off CGO_ENABLED=0 \
    KUBE_GIT_VERSION=v1.20.2 KUBE_GIT_COMMIT=0 KUBE_GIT_TREE_STATE=clean \
    make WHAT=cmd/kube-apiserver
cd - >/dev/null
cp "$build"/kubernetes-*/_output/local/go/bin/kube-apiserver "$(command -v etcd)" "$assets/"
