#!/usr/bin/env bash
# Makes the layer of an image of rootless BuildKit once, in DIR: buildkit.tar.gz, buildkit.digest and
# buildkit.diffid. Needs root and Go.
# Environment: DIR, BASE (root file system of the base layer), SOURCES (Go module that names BuildKit).
set -euo pipefail
: "${DIR:?}" "${BASE:?}" "${SOURCES:?}"
mkdir -p "$DIR/bin"
cd "$DIR"
[ ! -f buildkit.tar.gz ] || exit 0

say() { printf '  %4ds  %s\n' "$SECONDS" "$*"; }

for tool in github.com/moby/buildkit/cmd/buildkitd github.com/moby/buildkit/cmd/buildctl \
  github.com/rootless-containers/rootlesskit/v2/cmd/rootlesskit; do
  [ -x "bin/${tool##*/}" ] && continue
  say "building ${tool##*/}"
  CGO_ENABLED=0 go build -C "$SOURCES" -trimpath -ldflags '-s -w' -o "$DIR/bin/new" "$tool"
  mv bin/new "bin/${tool##*/}"
done
cp "$(go list -C "$SOURCES" -m -f '{{.Dir}}' github.com/moby/buildkit)/examples/buildctl-daemonless/buildctl-daemonless.sh" bin/
chmod 755 bin/*

say "installing runc and uidmap"
rm -rf upper work root
mkdir -p upper work root
BASE=$BASE unshare --mount --propagation private bash -euo pipefail -s <<'IN'
mount -t overlay overlay -o "lowerdir=$BASE,upperdir=upper,workdir=work" root
mount -t proc proc root/proc
mount --rbind /dev root/dev
cp /etc/resolv.conf root/etc/resolv.conf
chroot root /usr/bin/env -i DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  bash -euo pipefail -c '
    apt-get -qq update && apt-get -qq install -y --no-install-recommends runc uidmap >/dev/null
    useradd --uid 1000 --user-group --home-dir /home/user --create-home user
    printf "user:100000:65536\n" | tee /etc/subuid > /etc/subgid'
cp bin/* root/usr/bin/
# As programs of root's they would need more than a container has; with these capabilities they do not.
python3 - root/usr/bin <<'PY'
import os, struct, sys
for name, capability in (("newuidmap", 7), ("newgidmap", 6)):
    path = os.path.join(sys.argv[1], name)
    os.chmod(path, 0o755)
    os.setxattr(path, "security.capability", struct.pack("<5I", 0x02000001, 1 << capability, 0, 0, 0))
PY
rm -rf root/var/lib/apt/lists/* root/var/cache/apt/*.bin root/var/cache/apt/archives/*.deb root/var/log/* \
  root/tmp/* root/usr/share/doc/* root/usr/share/man/* root/etc/resolv.conf
IN
find upper -type c -delete

say "packing"
tar --xattrs --xattrs-include=security.capability --sort=name --mtime=@0 --numeric-owner --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime -C upper -c . > layer.tar
sha256sum layer.tar | cut -d' ' -f1 > buildkit.diffid
gzip -1n layer.tar
sha256sum layer.tar.gz | cut -d' ' -f1 > buildkit.digest
mv layer.tar.gz buildkit.tar.gz
rm -rf upper work root
