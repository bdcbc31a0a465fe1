package dev.trainyard.operator;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.javaoperatorsdk.operator.api.config.LeaderElectionConfiguration;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One of several replicas reconciles, the others watch and stand by. Who does is written in a Lease
 * of the operator's namespace. A replica that loses the lease ends at once: what it had begun is
 * found again by the one that took over.
 */
final class Leadership {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);
  private static final String LEASE = "trainyard-operator";
  private static final Duration LEASE_DURATION = Duration.ofSeconds(15);
  private static final Duration RENEW_DEADLINE = Duration.ofSeconds(10);
  private static final Duration RETRY_PERIOD = Duration.ofSeconds(2);

  private final KubernetesClient client;
  private final String namespace;
  private final String identity;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicBoolean leading = new AtomicBoolean();

  /**
   * @param namespace where the Lease is
   * @param identity name of this replica
   */
  Leadership(KubernetesClient client, String namespace, String identity) {
    this.client = client;
    this.namespace = namespace;
    this.identity = identity;
  }

  LeaderElectionConfiguration configuration() {
    var callbacks = new LeaderCallbacks(this::started, this::lost, leader -> {});
    return new LeaderElectionConfiguration(
        LEASE,
        namespace,
        LEASE_DURATION,
        RENEW_DEADLINE,
        RETRY_PERIOD,
        identity,
        callbacks,
        // It would call System.exit from within our own shutdown hook and wait for itself.
        false);
  }

  boolean isLeading() {
    return leading.get();
  }

  /** From here on losing the lease is no accident. */
  void stopping() {
    stopping.set(true);
  }

  /** Gives the lease back, so that another replica need not wait until it runs out. */
  void release() {
    if (!leading.get()) {
      return;
    }
    try {
      client.leases().inNamespace(namespace).withName(LEASE).edit(this::released);
    } catch (KubernetesClientException e) {
      LOG.warn("The lease could not be given back; another replica takes it when it runs out", e);
    }
  }

  private Lease released(Lease lease) {
    if (identity.equals(lease.getSpec().getHolderIdentity())) {
      lease.getSpec().setHolderIdentity("");
    }
    return lease;
  }

  private void started() {
    leading.set(true);
    LOG.info("{} leads", identity);
  }

  private void lost() {
    if (!stopping.get()) {
      LOG.error("{} lost the lease and ends", identity);
      Runtime.getRuntime().halt(1);
    }
  }
}
