package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.api.v1alpha1.SshEndpoint;
import dev.trainyard.operator.ssh.SshConnector;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The machines that targets name; targets of a namespace that say the same share one. */
public final class MachinePool implements AutoCloseable {

  /** What a machine is known by. */
  record Key(String namespace, SshEndpoint endpoint) {}

  private final Map<Key, Machine> machines = new ConcurrentHashMap<>();
  private final SshConnector connector = new SshConnector();
  private final Endpoints endpoints;

  public MachinePool(KubernetesClient client) {
    this.endpoints = new Endpoints(client);
  }

  Machine machine(Key key) {
    return machines.computeIfAbsent(
        key, k -> new Machine(k.namespace(), k.endpoint(), endpoints, connector));
  }

  /** Ends the connections to machines that no target names any more. */
  void retain(Set<Key> named) {
    machines
        .entrySet()
        .removeIf(entry -> {
          boolean gone = !named.contains(entry.getKey());
          if (gone) {
            entry.getValue().close();
          }
          return gone;
        });
  }

  @Override
  public void close() {
    machines.values().forEach(Machine::close);
    connector.close();
  }
}
