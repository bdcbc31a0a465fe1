#!/usr/bin/env bash
# Makes the layers of the testbed's images once, in DIR: NAME.tar.gz, NAME.digest (its digest) and
# NAME.diffid (digest of the tar). What is there is left alone; an interrupted layer is begun again. Needs root.
# Environment: DIR, JDK (home of a JDK 25 for the Java layer).
set -euo pipefail
: "${DIR:?}" "${JDK:?}"
mkdir -p "$DIR"
cd "$DIR"

say() { printf '  %4ds  %s\n' "$SECONDS" "$*"; }
have() { [ -f "$1.tar.gz" ]; }

# Fixed order, times and owners: the same files give the same layer.
pack() { # name directory
  say "packing $1"
  tar --sort=name --mtime=@0 --numeric-owner --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime \
    -C "$2" -c . | tee >(sha256sum | cut -d' ' -f1 > "$1.diffid.new") | gzip -1n |
    tee >(sha256sum | cut -d' ' -f1 > "$1.digest.new") > "$1.tar.gz.new"
  until [ -s "$1.diffid.new" ] && [ -s "$1.digest.new" ]; do sleep 0.01; done
  mv "$1.diffid.new" "$1.diffid"
  mv "$1.digest.new" "$1.digest"
  mv "$1.tar.gz.new" "$1.tar.gz"
}

# Runs commands in a root file system made of the base and an empty upper directory; only what they
# change is packed.
in_base() { # name commands
  rm -rf "$1.upper" "$1.work" "$1.root"
  mkdir -p "$1.upper" "$1.work" "$1.root"
  NAME=$1 COMMANDS=$2 unshare --mount --propagation private bash -euo pipefail -s <<'IN'
mount -t overlay overlay -o "lowerdir=base,upperdir=$NAME.upper,workdir=$NAME.work" "$NAME.root"
mount -t proc proc "$NAME.root/proc"
mount --rbind /dev "$NAME.root/dev"
cp /etc/resolv.conf "$NAME.root/etc/resolv.conf"
mkdir -p "$NAME.root/host" && mount --bind "$PWD" "$NAME.root/host"
chroot "$NAME.root" /usr/bin/env -i DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root \
  PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -euo pipefail -c "$COMMANDS"
umount "$NAME.root/host" && rmdir "$NAME.root/host"
rm -rf "$NAME.root"/var/lib/apt/lists/* "$NAME.root"/var/cache/apt/*.bin "$NAME.root"/var/cache/apt/archives/*.deb \
  "$NAME.root"/var/log/* "$NAME.root"/tmp/* "$NAME.root"/usr/share/doc/* "$NAME.root"/usr/share/man/* "$NAME.root"/etc/resolv.conf
IN
  # An overlay marks what was removed by character devices; a layer has none.
  find "$1.upper" -type c -delete
  pack "$1" "$1.upper"
  rm -rf "$1.upper" "$1.work" "$1.root"
}

if ! have pause; then
  rm -rf pause.root && mkdir -p pause.root/bin
  cp "$(command -v busybox)" pause.root/bin/busybox
  ln -s busybox pause.root/bin/sleep
  pack pause pause.root
fi

if ! have base; then
  say "debootstrap bookworm (about a minute)"
  rm -rf base
  debootstrap --variant=minbase --include=ca-certificates bookworm base > debootstrap.log 2>&1 ||
    { tail -n 20 debootstrap.log >&2; exit 1; }
  rm -rf base/var/cache/apt/archives/*.deb base/var/lib/apt/lists/* base/usr/share/doc/* base/usr/share/man/* \
    base/usr/share/locale/* base/var/log/* base/debootstrap
  pack base base
fi

if ! have registry; then
  say "installing docker-registry"
  in_base registry '
    apt-get -qq update && apt-get -qq install -y --no-install-recommends docker-registry >/dev/null
    printf "#!/bin/sh\nexec docker-registry \"\$@\"\n" > /usr/bin/registry && chmod 755 /usr/bin/registry
    mkdir -p /var/lib/registry && chmod 777 /var/lib/registry
    printf "version: 0.1\nlog: {level: info}\nstorage:\n  filesystem: {rootdirectory: /var/lib/registry}\nhttp:\n  addr: :5000\n" > /etc/docker/registry/config.yml'
fi

if ! have java; then
  say "linking a Java runtime"
  rm -rf jre
  # As in the image that it stands for: with the archives of the JDK's own classes, and with each provider
  # of cryptography that java.security names. For one that is missing the JDK asks every jar for providers.
  "$JDK/bin/jlink" --no-header-files --no-man-pages --strip-debug --compress zip-6 --generate-cds-archive --output jre --add-modules \
    java.base,java.compiler,java.instrument,java.logging,java.management,java.naming,java.net.http,java.rmi,java.security.jgss,java.security.sasl,java.smartcardio,java.sql,java.xml,java.xml.crypto,jdk.crypto.cryptoki,jdk.crypto.ec,jdk.httpserver,jdk.management,jdk.security.jgss,jdk.unsupported,jdk.zipfs
  jre/bin/java -XX:+UseCompactObjectHeaders -Xshare:dump -Xlog:disable
  in_base java 'mkdir -p /opt/java && cp -a /host/jre /opt/java/openjdk && ln -s /opt/java/openjdk/bin/java /usr/bin/java'
  rm -rf jre
fi

if ! have python; then
  say "installing Python with scikit-learn"
  in_base python '
    apt-get -qq update && apt-get -qq install -y --no-install-recommends python3 python3-sklearn python3-joblib >/dev/null
    ln -sf python3 /usr/bin/python
    python -c "from sklearn.linear_model import Ridge; from sklearn.datasets import load_diabetes; load_diabetes()"'
fi

if ! have openmpi; then
  say "installing Open MPI"
  in_base openmpi '
    apt-get -qq update && apt-get -qq install -y --no-install-recommends openmpi-bin python3-mpi4py >/dev/null
    ln -sf python3 /usr/bin/python
    python -c "import mpi4py"'
fi

if ! have interpreter; then
  say "installing Python alone"
  in_base interpreter '
    apt-get -qq update && apt-get -qq install -y --no-install-recommends python3 >/dev/null
    ln -sf python3 /usr/bin/python'
fi
