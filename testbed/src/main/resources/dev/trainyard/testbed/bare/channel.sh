#!/usr/bin/env bash
# Makes a conda channel and a wheel index once, in DIR: channel/{linux-64,noarch} and simple/NAME.
# Real packages: Python from Debian's, the rest from PyPI's wheels; what pip sections ask for stays
# a wheel. Needs root. Environment: DIR, BASE (a root file system of Debian bookworm).
set -euo pipefail
: "${DIR:?}" "${BASE:?}"
HERE=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$DIR"
cd "$DIR"

say() { printf '  %4ds  %s\n' "$SECONDS" "$*"; }

rm -rf root upper work made
mkdir -p root upper work made
cp "$HERE/channel.py" made/channel.py
# The wheels come from where this machine's pip takes them, with the authorities that it trusts.
cp /etc/ssl/certs/ca-certificates.crt made/ca.crt
say "installing Python and pip beside the base"
DIR=$DIR BASE=$BASE unshare --mount --propagation private bash -euo pipefail -s > channel.log 2>&1 <<'IN' || { tail -n 20 channel.log >&2; exit 1; }
mount -t overlay overlay -o "lowerdir=$BASE,upperdir=$DIR/upper,workdir=$DIR/work" "$DIR/root"
mount -t proc proc "$DIR/root/proc"
mount --rbind /dev "$DIR/root/dev"
cp /etc/resolv.conf "$DIR/root/etc/resolv.conf"
mkdir -p "$DIR/root/made"
mount --bind "$DIR/made" "$DIR/root/made"
chroot "$DIR/root" /usr/bin/env -i DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 HOME=/root \
  PATH=/usr/sbin:/usr/bin:/sbin:/bin PIP_CERT=/made/ca.crt PIP_DISABLE_PIP_VERSION_CHECK=1 \
  ${PIP_INDEX_URL:+PIP_INDEX_URL="$PIP_INDEX_URL"} bash -euo pipefail -s <<'CHROOT'
apt-get -qq update
apt-get -qq install -y --no-install-recommends python3 python3-pip patchelf zstd > /dev/null
cd /tmp
mkdir -p debs wheels/conda wheels/pip python
(cd debs && apt-get -qq download python3.11-minimal libpython3.11-minimal libpython3.11-stdlib \
  libssl3 libffi8 libsqlite3-0 zlib1g libbz2-1.0 liblzma5 libreadline8 libncursesw6 libtinfo6 \
  libexpat1 libuuid1 libnsl2 libtirpc3)
for deb in debs/*.deb; do dpkg-deb -x "$deb" python; done
pip download -q --no-deps --only-binary=:all: -d wheels/conda \
  numpy==1.26.4 scipy==1.11.4 scikit-learn==1.4.2 joblib==1.4.2 threadpoolctl==3.5.0 \
  pip==24.0 setuptools==69.5.1 wheel==0.43.0 tabulate==0.9.0 six==1.16.0
pip download -q --no-deps --only-binary=:all: -d wheels/conda joblib==1.3.2
pip download -q --no-deps --only-binary=:all: -d wheels/pip humanize==4.9.0 iniconfig==2.0.0 \
  impi-rt==2021.18.1 mpi4py==4.1.2
python3 /made/channel.py /tmp/python /tmp/wheels /made
CHROOT
IN
rm -rf root upper work made/ca.crt made/channel.py
rm -rf channel simple
mv made/channel made/simple .
rmdir made
say "$(find channel -name '*.conda' | wc -l) packages, $(du -sm channel | cut -f1) MB"
touch made.mark
