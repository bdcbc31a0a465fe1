package dev.trainyard.testbed;

import dev.trainyard.testbed.bare.BareCluster;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Finds or starts the cluster to work with, in this order: the kubeconfig context that {@code
 * TRAINYARD_CONTEXT} names; K3s in Docker where Docker answers; Kubernetes as processes of this
 * machine.
 */
public final class Clusters {
  private Clusters() {}

  /**
   * Starts the cluster unless it runs.
   *
   * @param checkout the working tree that the cluster belongs to
   */
  public static Cluster up(Path checkout, Progress progress)
      throws IOException, InterruptedException {
    String context = System.getenv("TRAINYARD_CONTEXT");
    if (context != null && !context.isBlank()) {
      return ContextCluster.of(context, checkout, progress);
    }
    if (K3sCluster.isPossible()) {
      return K3sCluster.up(checkout, progress);
    }
    return BareCluster.up(checkout, progress);
  }

  /** Ends the cluster of a checkout and removes what it made; a named context is left alone. */
  public static void down(Path checkout, Progress progress)
      throws IOException, InterruptedException {
    String context = System.getenv("TRAINYARD_CONTEXT");
    if (context != null && !context.isBlank()) {
      progress.say("The context " + context + " is yours and is left alone.");
      return;
    }
    if (K3sCluster.isPossible()) {
      K3sCluster.down(checkout);
    }
    BareCluster.down(checkout, progress);
  }
}
