#!/usr/bin/env bash
# Machines to attach over SSH: each has namespaces of its own, a root file system that says Ubuntu,
# a real sshd, a real dockerd and an address on the checkout's bridge. Needs root.
#
#   machine.sh prepare              makes the root file system that all machines share (once)
#   machine.sh start NAME NUMBER    starts one at 10.91.LINK.NUMBER; returns when sshd listens
#   machine.sh stop NAME            ends it as a power cut does; its disk is kept
#   machine.sh remove NAME          stops it and removes its disk
#   machine.sh cut NAME             takes its network away
#   machine.sh mend NAME            gives it back
#   machine.sh exec NAME WORDS...   runs a command on it as root
#   machine.sh down                 stops all and removes bridge and rules
#
# Environment: NAME (at most 11 letters and digits), DIR (state), LINK (third octet of
# 10.91.LINK.0/24), ROOTFS (folder of the shared root file system), LAYERS (base, python.tar.gz).
set -euo pipefail
: "${NAME:?}" "${DIR:?}" "${LINK:?}"
NET=10.91.$LINK
BRIDGE=${NAME}m
GROUP=${NAME}m
CONTROLLERS=$(cd /sys/fs/cgroup && ls -d cpu cpuacct cpuset memory devices freezer blkio pids systemd unified 2>/dev/null || true)

v2() { [ -f /sys/fs/cgroup/cgroup.controllers ]; }

prepare() {
  rm -rf "$ROOTFS.new" && mkdir -p "$ROOTFS.new"/{upper,work,root,python}
  tar -xzf "$LAYERS/python.tar.gz" -C "$ROOTFS.new/python"
  R=$ROOTFS.new LOWER=$ROOTFS.new/python:$LAYERS/base unshare --mount --propagation private bash -euo pipefail -s <<'IN'
mount -t overlay overlay -o "lowerdir=$LOWER,upperdir=$R/upper,workdir=$R/work" "$R/root"
mount -t proc proc "$R/root/proc"
mount --rbind /dev "$R/root/dev"
cp /etc/resolv.conf "$R/root/etc/resolv.conf"
printf '#!/bin/sh\nexit 101\n' > "$R/root/usr/sbin/policy-rc.d"
chmod 755 "$R/root/usr/sbin/policy-rc.d"
chroot "$R/root" /usr/bin/env -i DEBIAN_FRONTEND=noninteractive LC_ALL=C HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin bash -euo pipefail <<'CHROOT'
# The layers below were made apart from each other: the package list of the one that is on top counts.
apt-get -qq update
apt-get -qq install -y --no-install-recommends docker.io catatonit openssh-server openssh-sftp-server sudo iproute2 iptables procps curl > /dev/null
apt-get clean
rm -rf /var/lib/apt/lists/* /usr/sbin/policy-rc.d /etc/ssh/ssh_host_*
groupadd -f docker
useradd -m -s /bin/bash -G sudo,docker azureuser
useradd -m -s /bin/bash plain
printf 'azureuser:Trainyard-1\nplain:Trainyard-1\n' | chpasswd
echo 'azureuser ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/90-azureuser
chmod 440 /etc/sudoers.d/90-azureuser
printf 'HostKey /etc/ssh/ssh_host_ed25519_key\nPasswordAuthentication yes\nPermitRootLogin no\nUseDNS no\nMaxStartups 100\n' > /etc/ssh/sshd_config.d/machine.conf
printf 'PRETTY_NAME="Ubuntu 22.04.5 LTS"\nNAME="Ubuntu"\nVERSION_ID="22.04"\nVERSION_CODENAME=jammy\nID=ubuntu\nID_LIKE=debian\n' > /usr/lib/os-release
cat > /sbin/machine-init <<'INIT'
#!/bin/sh
mkdir -p /run/sshd /run/lock
dockerd --exec-opt native.cgroupdriver=cgroupfs --oom-score-adjust=0 > /var/log/dockerd.log 2>&1 &
exec catatonit -- /usr/sbin/sshd -D -e
INIT
chmod 755 /sbin/machine-init
CHROOT
IN
  rm -rf "$ROOTFS.new/work" "$ROOTFS.new/root"
  mv "$ROOTFS.new" "$ROOTFS"
}

# As far away as another data centre: a machine opens no connection to this host or its networks.
bridge() {
  ip link show "$BRIDGE" > /dev/null 2>&1 && return
  sysctl -qw net.ipv4.ip_forward=1
  ip link add "$BRIDGE" type bridge
  ip addr add "$NET.1/24" dev "$BRIDGE"
  ip link set "$BRIDGE" up
  nft -f - <<RULES
table ip $GROUP {
  chain post {
    type nat hook postrouting priority 100;
    ip saddr $NET.0/24 oifname != "$BRIDGE" masquerade
  }
  chain in {
    type filter hook input priority 0;
    iifname "$BRIDGE" ct state new drop
  }
  chain through {
    type filter hook forward priority 0;
    iifname "$BRIDGE" oifname "$BRIDGE" accept
    iifname "$BRIDGE" ip daddr { 10.42.0.0/15, 10.90.0.0/16, 10.91.0.0/16 } ct state new drop
  }
}
RULES
}

cgroup_folders() { # machine
  if v2; then
    echo "/sys/fs/cgroup/$GROUP/$1"
  else
    for c in $CONTROLLERS; do echo "$(readlink -f "/sys/fs/cgroup/$c")/$GROUP/$1"; done | sort -u
  fi
}

make_cgroups() { # machine
  local folder x
  for folder in $(cgroup_folders "$1"); do
    mkdir -p "$folder"
    if [ -f "$folder/cpuset.cpus" ] && ! v2; then
      for x in "$(dirname "$folder")" "$folder"; do
        cat "$x/../cpuset.cpus" > "$x/cpuset.cpus"
        cat "$x/../cpuset.mems" > "$x/cpuset.mems"
        echo 1 > "$x/cgroup.clone_children"
      done
    fi
  done
}

remove_cgroups() { # machine
  local folder try
  for folder in $(cgroup_folders "$1"); do
    for try in $(seq 50); do
      [ -d "$folder" ] || break
      find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.05
    done
    rmdir "$(dirname "$folder")" 2>/dev/null || true
  done
}

make_keys() { # folder address
  local owner=${SUDO_UID:-0}
  [ -f "$DIR/id" ] || ssh-keygen -q -t ed25519 -N '' -C trainyard-testbed -f "$DIR/id"
  [ -f "$1/hostkey" ] || ssh-keygen -q -t ed25519 -N '' -C "" -f "$1/hostkey"
  printf '%s %s\n' "$2" "$(cut -d' ' -f1,2 "$1/hostkey.pub")" > "$1/known_hosts"
  chown "$owner" "$DIR/id" "$1/hostkey"
}

make_disk() { # folder machine address
  local v=$1 user id
  mkdir -p "$v"/{upper/etc/ssh,work,root,docker}
  install -m 600 "$v/hostkey" "$v/upper/etc/ssh/ssh_host_ed25519_key"
  cp "$v/hostkey.pub" "$v/upper/etc/ssh/ssh_host_ed25519_key.pub"
  [ -f "$v/upper/etc/hostname" ] && return
  for user in azureuser:1000 plain:1001; do
    id=${user#*:}
    install -d -m 700 -o "$id" -g "$id" "$v/upper/home/${user%:*}" "$v/upper/home/${user%:*}/.ssh"
    install -m 600 -o "$id" -g "$id" "$DIR/id.pub" "$v/upper/home/${user%:*}/.ssh/authorized_keys"
  done
  echo "$2" > "$v/upper/etc/hostname"
  printf '127.0.0.1 localhost\n%s %s\n' "$3" "$2" > "$v/upper/etc/hosts"
  cp /etc/resolv.conf "$v/upper/etc/resolv.conf"
}

pid_of() { # machine: the pid of its first process, if that is still ours
  local p
  p=$(cat "$DIR/$1/init.pid" 2>/dev/null || true)
  [ -n "$p" ] && grep -qs "/$GROUP/$1" "/proc/$p/cgroup" && echo "$p"
}

start() { # machine number
  local m=$1 n=$2 v=$DIR/$1 ip=$NET.$2 u p= try
  pid_of "$m" > /dev/null && return
  mkdir -p "$v"
  make_keys "$v" "$ip"
  make_disk "$v" "$m" "$ip"
  bridge
  make_cgroups "$m"
  # Joined before unshare --cgroup, so that they become the root of the machine's cgroup namespace.
  (
    for folder in $(cgroup_folders "$m"); do echo "$BASHPID" > "$folder/cgroup.procs"; done
    exec setsid unshare --mount --propagation private --pid --fork --net --uts --ipc --cgroup \
      bash "$0" inside "$m" "$ip" "$v"
  ) < /dev/null > "$v/log" 2>&1 9>&- &
  u=$!
  for try in $(seq 200); do
    [ "$(cat "/proc/$u/comm" 2>/dev/null)" = unshare ] && p=$(pgrep -P "$u" || true)
    [ -n "$p" ] && [ "$(readlink "/proc/$p/ns/net")" != "$(readlink /proc/self/ns/net)" ] && break
    sleep 0.02
  done
  echo "$u" > "$v/unshare.pid"
  echo "$p" > "$v/init.pid"
  echo "$BRIDGE$n" > "$v/link"
  ip link del "$BRIDGE$n" 2>/dev/null || true
  ip link add "$BRIDGE$n" type veth peer name eth0 netns "$p"
  ip link set "$BRIDGE$n" master "$BRIDGE" up
  # A connection that is tried before the link is up costs a second.
  for try in $(seq 500); do
    grep -qs 'listening on 0' "$v/log" && return
    sleep 0.02
  done
  echo "sshd of $m does not listen; the end of $v/log:" >&2
  tail -n 5 "$v/log" >&2
  exit 1
}

stop() { # machine
  local v=$DIR/$1 u p
  if p=$(pid_of "$1"); then kill -KILL "$p"; fi
  u=$(cat "$v/unshare.pid" 2>/dev/null || echo none)
  while grep -qs "/$GROUP/$1" "/proc/$u/cgroup"; do sleep 0.02; done
  if [ -f "$v/link" ]; then ip link del "$(cat "$v/link")" 2>/dev/null || true; fi
  remove_cgroups "$1"
  rm -f "$v/init.pid" "$v/unshare.pid" "$v/link"
}

down() {
  local v
  for v in "$DIR"/*/; do if [ -f "$v/log" ]; then stop "$(basename "$v")"; fi; done
  ip link del "$BRIDGE" 2>/dev/null || true
  nft delete table ip "$GROUP" 2>/dev/null || true
}

# The first process of the machine until it becomes the machine's init.
inside() { # machine address folder
  local m=$1 ip=$2 v=$3 r=$3/root n f a b c
  hostname "$m"
  mount -t overlay overlay -o "lowerdir=$ROOTFS/upper:$ROOTFS/python:$LAYERS/base,upperdir=$v/upper,workdir=$v/work" "$r"
  # An overlay cannot lie upon an overlay, so dockerd gets a folder of the real file system.
  mkdir -p "$r/var/lib/docker"
  mount --bind "$v/docker" "$r/var/lib/docker"
  mount -t proc -o nosuid,nodev,noexec proc "$r/proc"
  mount -t sysfs -o nosuid,nodev,noexec sysfs "$r/sys"
  mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$r/run"
  # Every start is another boot, though the kernel goes on.
  cat /proc/sys/kernel/random/uuid > "$r/run/boot_id"
  mount --bind "$r/run/boot_id" "$r/proc/sys/kernel/random/boot_id"
  mount -t tmpfs -o mode=755,nosuid,size=1m tmpfs "$r/dev"
  cd "$r/dev"
  mkdir pts shm mqueue net
  for n in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0 fuse:10:229; do
    IFS=: read -r f a b <<< "$n"
    mknod -m 666 "$f" c "$a" "$b"
  done
  mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts pts
  ln -s pts/ptmx ptmx
  mount -t tmpfs -o mode=1777 tmpfs shm
  mount -t mqueue mqueue mqueue
  ln -s /proc/self/fd fd && ln -s fd/0 stdin && ln -s fd/1 stdout && ln -s fd/2 stderr
  if v2; then
    mount -t cgroup2 cgroup2 "$r/sys/fs/cgroup"
  else
    mount -t tmpfs -o mode=755 tmpfs "$r/sys/fs/cgroup"
    cd "$r/sys/fs/cgroup"
    for c in $CONTROLLERS; do
      mkdir "$c"
      case $c in
        systemd) mount -t cgroup -o none,name=systemd cgroup "$c" ;;
        unified) mount -t cgroup2 cgroup2 "$c" ;;
        *) mount -t cgroup -o "$c" cgroup "$c" ;;
      esac
    done
  fi
  ip link set lo up
  for n in $(seq 200); do
    ip link show eth0 > /dev/null 2>&1 && break
    sleep 0.02
  done
  ip addr add "$ip/24" dev eth0
  ip link set eth0 up
  ip route add default via "$NET.1"
  sysctl -qw net.ipv4.ip_forward=1
  cd "$r"
  pivot_root . .
  umount -l .
  cd /
  exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 /sbin/machine-init
}

verb=${1:?}
shift
case $verb in
  prepare) prepare ;;
  start) export ROOTFS LAYERS; start "$@" ;;
  stop) stop "$1" ;;
  remove) stop "$1"; rm -rf --one-file-system "${DIR:?}/$1" ;;
  cut) ip link set "$(cat "$DIR/$1/link")" down ;;
  mend) ip link set "$(cat "$DIR/$1/link")" up ;;
  exec) p=$(pid_of "$1"); shift; exec nsenter -t "$p" -m -p -n -u -i -C -r -w env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@" ;;
  down) down ;;
  inside) inside "$@" ;;
  *) echo "machine.sh: unknown verb $verb" >&2; exit 2 ;;
esac
