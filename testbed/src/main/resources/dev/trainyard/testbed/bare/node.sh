#!/usr/bin/env bash
# One Kubernetes node as processes of this machine, in network, process and mount namespaces of its
# own, so that ending one process ends it all. Needs root.
#
#   node.sh up     starts it; returns when the node is Ready
#   node.sh down   ends it and removes everything it made on this machine
#
# Environment: NAME (at most 11 letters and digits), DIR (state), BIN (node, coredns), LINK (third
# octet of the link network 10.90.LINK.0/30).
set -euo pipefail
: "${NAME:?}" "${DIR:?}" "${BIN:?}" "${LINK:?}"
HOST_IP=10.90.$LINK.1
NODE_IP=10.90.$LINK.2
CONTROLLERS="cpu cpuacct memory pids cpuset freezer blkio devices systemd unified"

cgroup_folders() {
  if [ -f /sys/fs/cgroup/cgroup.controllers ]; then
    echo "/sys/fs/cgroup/$NAME"
  else
    for c in $CONTROLLERS; do
      [ -d "/sys/fs/cgroup/$c" ] && echo "$(readlink -f "/sys/fs/cgroup/$c")/$NAME"
    done | sort -u
  fi
}

make_cgroups() {
  local folder
  for folder in $(cgroup_folders); do mkdir -p "$folder"; done
  if [ -d "/sys/fs/cgroup/cpuset/$NAME" ]; then
    for f in cpus mems; do
      cat "/sys/fs/cgroup/cpuset/cpuset.$f" > "/sys/fs/cgroup/cpuset/$NAME/cpuset.$f"
    done
  fi
}

remove_cgroups() {
  local folder try
  for folder in $(cgroup_folders); do
    for try in $(seq 50); do
      [ -d "$folder" ] || break
      find "$folder" -depth -type d -exec rmdir {} + 2>/dev/null || sleep 0.1
    done
  done
}

make_network() {
  sysctl -qw net.ipv4.ip_forward=1
  ip netns add "$NAME"
  ip link add "$NAME" type veth peer name eth0 netns "$NAME"
  ip addr add "$HOST_IP/30" dev "$NAME"
  ip link set "$NAME" up
  ip -n "$NAME" addr add "$NODE_IP/30" dev eth0
  ip -n "$NAME" link set eth0 up
  ip -n "$NAME" link set lo up
  ip -n "$NAME" route add default via "$HOST_IP"
  nft -f - <<RULES
table ip $NAME {
  chain post {
    type nat hook postrouting priority 100;
    ip saddr 10.90.$LINK.0/30 oifname != "$NAME" masquerade
  }
}
RULES
}

# One at a time: a start goes on when the process that asked for it was killed, and the next one must
# neither mix with it nor undo it. What is started here does not keep the lock.
lock() {
  mkdir -p "$DIR"
  exec 9> "$DIR/node.lock"
  WAITED=
  flock -n 9 || { WAITED=yes; flock -w 230 9 || { echo "Another start or end of the cluster $NAME does not come to its end." >&2; exit 1; }; }
}

up() {
  lock
  # The one that we waited for started it.
  if [ -n "$WAITED" ] && [ -f "$DIR/ready" ] && [ -f "$DIR/pid" ] && is_ours "$(cat "$DIR/pid")"; then return; fi
  down
  make_network
  make_cgroups
  rm -f "$DIR/ready" "$DIR/failed"
  NAME=$NAME DIR=$DIR BIN=$BIN LINK=$LINK setsid nsenter --net="/run/netns/$NAME" \
    unshare --mount --pid --fork --kill-child=SIGKILL --mount-proc \
    bash "$0" inside > "$DIR/node.log" 2>&1 < /dev/null 9>&- &
  echo $! > "$DIR/pid"
  local started=$SECONDS
  until [ -f "$DIR/ready" ]; do
    if ! kill -0 "$(cat "$DIR/pid")" 2>/dev/null || [ $((SECONDS - started)) -gt 180 ]; then
      echo "The node did not become ready; the end of its logs in $DIR:" >&2
      tail -n 5 "$DIR"/*.log >&2
      down
      exit 1
    fi
    sleep 0.1
  done
}

# Only a process that stands in our network namespace is ours: pids are used again.
is_ours() {
  [ -e "/run/netns/$NAME" ] && [ "$(stat -Lc %i "/proc/$1/ns/net" 2>/dev/null)" = "$(stat -Lc %i "/run/netns/$NAME")" ]
}

down() {
  local pid try
  if [ -f "$DIR/pid" ]; then
    pid=$(cat "$DIR/pid")
    if is_ours "$pid"; then kill -KILL "$pid" 2>/dev/null || true; fi
  fi
  if [ -e "/run/netns/$NAME" ]; then
    for try in $(seq 100); do
      pids=$(ip netns pids "$NAME" 2>/dev/null || true)
      [ -n "$pids" ] || break
      # The kernel ends the namespace with its first process; what is left is helped along.
      [ "$try" -lt 20 ] || kill -KILL $pids 2>/dev/null || true
      sleep 0.1
    done
  fi
  nft delete table ip "$NAME" 2>/dev/null || true
  ip link del "$NAME" 2>/dev/null || true
  ip netns del "$NAME" 2>/dev/null || true
  remove_cgroups
  rm -f "$DIR/pid" "$DIR/ready"
}

certificate() { # name subject extensions [kind of key]
  local kind=(ec -pkeyopt ec_paramgen_curve:P-256)
  [ -z "${4:-}" ] || kind=("$4")
  openssl req -newkey "${kind[@]}" -nodes -keyout "$1.key" -out "$1.csr" -subj "$2" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -out "$1.crt" \
    -extfile <(printf '%b' "$3") 2>/dev/null
}

make_certificates() {
  [ -f "$DIR/pki/sa.key" ] && [ "$(cat "$DIR/pki/address" 2>/dev/null)" = "$NODE_IP" ] && return
  rm -rf "$DIR/pki" && mkdir -p "$DIR/pki" && cd "$DIR/pki"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -keyout ca.key -out ca.crt -subj "/CN=$NAME" 2>/dev/null
  certificate apiserver /CN=kube-apiserver "subjectAltName=IP:127.0.0.1,IP:10.43.0.1,IP:$NODE_IP,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local\nextendedKeyUsage=serverAuth"
  certificate kubelet-serving /O=system:nodes/CN=system:node:node-1 "subjectAltName=IP:$NODE_IP,DNS:node-1\nextendedKeyUsage=serverAuth"
  certificate admin /O=system:masters/CN=admin "extendedKeyUsage=clientAuth" rsa:2048
  # Not every client library reads a key in PKCS#8.
  openssl rsa -in admin.key -traditional -out admin.key.new 2>/dev/null && mv admin.key.new admin.key
  certificate controller-manager /CN=system:kube-controller-manager "extendedKeyUsage=clientAuth"
  certificate scheduler /CN=system:kube-scheduler "extendedKeyUsage=clientAuth"
  certificate proxy /CN=system:kube-proxy "extendedKeyUsage=clientAuth"
  certificate kubelet /O=system:nodes/CN=system:node:node-1 "extendedKeyUsage=clientAuth"
  certificate apiserver-kubelet /O=system:masters/CN=kube-apiserver-kubelet-client "extendedKeyUsage=clientAuth"
  openssl ecparam -name prime256v1 -genkey -noout -out sa.key
  echo "$NODE_IP" > address
}

make_kubeconfigs() {
  local user
  for user in admin controller-manager scheduler proxy kubelet; do
    cat > "$DIR/$user.kubeconfig" <<YAML
apiVersion: v1
kind: Config
current-context: $NAME
clusters:
- name: $NAME
  cluster: {server: "https://$NODE_IP:6443", certificate-authority: $DIR/pki/ca.crt}
users:
- name: $user
  user: {client-certificate: $DIR/pki/$user.crt, client-key: $DIR/pki/$user.key}
contexts:
- name: $NAME
  context: {cluster: $NAME, user: $user}
YAML
  done
}

# Whoever asked for the cluster through sudo is its administrator; keys are for their owner only.
give_to_caller() {
  [ -z "${SUDO_UID:-}" ] || chown "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" pki/admin.key pki/admin.crt admin.kubeconfig
}

make_configs() {
  cat > containerd.toml <<TOML
version = 2
root = "$DIR/containerd"
state = "$DIR/run/containerd"
[grpc]
  address = "$DIR/run/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "registry.k8s.io/pause:3.10"
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$DIR/certs.d"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$DIR/cni"
TOML
  cat > cni/10-bridge.conflist <<JSON
{"cniVersion":"1.0.0","name":"yard","plugins":[{"type":"bridge","bridge":"cni0","isGateway":true,"ipMasq":true,"hairpinMode":true,"ipam":{"type":"host-local","dataDir":"$DIR/run/ipam","ranges":[[{"subnet":"10.42.0.0/24"}]],"routes":[{"dst":"0.0.0.0/0"}]}},{"type":"portmap","capabilities":{"portMappings":true}}]}
JSON
  local host
  for host in docker.io mcr.microsoft.com registry.k8s.io quay.io ghcr.io; do
    mkdir -p "certs.d/$host"
    printf 'server = "https://%s"\n[host."http://127.0.0.1:5000"]\n  capabilities = ["pull","resolve"]\n' "$host" > "certs.d/$host/hosts.toml"
  done
  printf 'version: 0.1\nstorage: {filesystem: {rootdirectory: %s}, delete: {enabled: true}}\nhttp: {addr: ":5000"}\nlog: {level: warn}\n' "$DIR/registry" > registry.yml
  # A file that begins with '{' would be taken for JSON.
  cat > kubelet.yaml <<YAML
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication: {anonymous: {enabled: false}, webhook: {enabled: true}, x509: {clientCAFile: $DIR/pki/ca.crt}}
authorization: {mode: Webhook}
cgroupDriver: cgroupfs
cgroupRoot: /$NAME
failCgroupV1: false
failSwapOn: false
featureGates: {KubeletInUserNamespace: true}
clusterDomain: cluster.local
clusterDNS: ["$NODE_IP"]
resolvConf: /etc/resolv.conf
containerRuntimeEndpoint: "unix://$DIR/run/containerd.sock"
tlsCertFile: $DIR/pki/kubelet-serving.crt
tlsPrivateKeyFile: $DIR/pki/kubelet-serving.key
oomScoreAdj: 0
evictionHard: {nodefs.available: 1%, imagefs.available: 1%, memory.available: 100Mi}
maxPods: 250
registryPullQPS: 0
serializeImagePulls: false
nodeStatusUpdateFrequency: 4s
YAML
  cat > proxy.yaml <<YAML
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: iptables
clusterCIDR: 10.42.0.0/16
hostnameOverride: node-1
clientConnection: {kubeconfig: $DIR/proxy.kubeconfig}
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
iptables: {localhostNodePorts: true, minSyncPeriod: 0.2s}
YAML
  printf '.:53 {\n bind %s\n errors\n kubernetes cluster.local in-addr.arpa {\n  kubeconfig %s\n }\n forward . /etc/resolv.conf\n cache 5\n}\n' "$NODE_IP" "$DIR/admin.kubeconfig" > Corefile
  cat > audit.yaml <<YAML
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
YAML
}

run() { # name command...
  local name=$1
  shift
  "$@" > "$DIR/$name.log" 2>&1 &
}

kubectl() { "$BIN/node" kubectl --kubeconfig "$DIR/admin.kubeconfig" "$@"; }

# Puts a folder of this cluster over one of the machine, for the processes of the node alone.
own() { # folder of the machine, folder of the cluster
  mkdir -p "$1" "$2"
  mount --bind "$2" "$1"
}

inside() {
  mkdir -p "$DIR"/{etcd,kubelet,run,cni,certs.d,registry,containerd}
  mount -t tmpfs tmpfs "$DIR/run" -o size=64m
  # The kubelet removes what it does not know from the first two: those of another cluster's pods.
  own /var/log/pods "$DIR/logs/pods"
  own /var/log/containers "$DIR/logs/containers"
  own /run/containerd "$DIR/run/shims"
  own /run/netns "$DIR/run/netns"
  sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1
  make_certificates
  make_kubeconfigs
  cd "$DIR"
  give_to_caller
  make_configs
  run containerd containerd -c containerd.toml
  run registry docker-registry serve registry.yml
  run packages busybox httpd -f -p "$NODE_IP:5080" -h "$DIR/packages" -c "$DIR/packages.conf"
  run etcd "$BIN/node" etcd --data-dir "$DIR/etcd" --unsafe-no-fsync --log-level warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:2380
  run apiserver "$BIN/node" kube-apiserver --etcd-servers http://127.0.0.1:2379 --secure-port 6443 --advertise-address "$NODE_IP" \
    --tls-cert-file pki/apiserver.crt --tls-private-key-file pki/apiserver.key --client-ca-file pki/ca.crt \
    --service-account-issuer https://kubernetes.default.svc --service-account-key-file pki/sa.key --service-account-signing-key-file pki/sa.key \
    --service-cluster-ip-range 10.43.0.0/16 --authorization-mode Node,RBAC --enable-admission-plugins NodeRestriction,OwnerReferencesPermissionEnforcement \
    --kubelet-client-certificate pki/apiserver-kubelet.crt --kubelet-client-key pki/apiserver-kubelet.key --kubelet-certificate-authority pki/ca.crt \
    --kubelet-preferred-address-types InternalIP --allow-privileged=true \
    --audit-policy-file audit.yaml --audit-log-path "$DIR/audit.log" --audit-log-maxsize 100 --audit-log-maxbackup 1
  until kubectl get --raw /readyz > /dev/null 2>&1; do sleep 0.1; done
  run controller-manager "$BIN/node" kube-controller-manager --kubeconfig controller-manager.kubeconfig \
    --authentication-kubeconfig controller-manager.kubeconfig --authorization-kubeconfig controller-manager.kubeconfig \
    --service-account-private-key-file pki/sa.key --root-ca-file pki/ca.crt --use-service-account-credentials --leader-elect=false
  run scheduler "$BIN/node" kube-scheduler --kubeconfig scheduler.kubeconfig \
    --authentication-kubeconfig scheduler.kubeconfig --authorization-kubeconfig scheduler.kubeconfig --leader-elect=false
  until [ -S "$DIR/run/containerd.sock" ]; do sleep 0.1; done
  run kubelet "$BIN/node" kubelet --config kubelet.yaml --kubeconfig kubelet.kubeconfig --root-dir "$DIR/kubelet" --hostname-override node-1 --node-ip "$NODE_IP"
  run proxy "$BIN/node" kube-proxy --config proxy.yaml
  run coredns "$BIN/coredns" -conf Corefile
  until kubectl get node node-1 2>/dev/null | grep -qw Ready; do sleep 0.1; done
  until kubectl -n default get serviceaccount default > /dev/null 2>&1; do sleep 0.1; done
  touch ready
  wait
}

case ${1:?up or down} in
  up) up ;;
  down) lock; down ;;
  inside) inside ;;
  *) echo "node.sh up | down" >&2; exit 2 ;;
esac
