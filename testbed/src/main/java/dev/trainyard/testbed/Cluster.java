package dev.trainyard.testbed;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A real Kubernetes cluster that is running. */
public interface Cluster {

  /** A kubeconfig whose current context is this cluster, with the rights of an administrator. */
  Path kubeconfig();

  /** The words that begin a kubectl command for this cluster, without {@code --kubeconfig}. */
  List<String> kubectl();

  /**
   * How images get to its nodes.
   *
   * @throws TestbedException when that has to be said first
   */
  ImageRoute images();

  /** How pods of the cluster reach public registries: host to URL; empty: directly. */
  Map<String, String> registryMirrors();

  /** How pods of the cluster reach conda channels: name to URL; empty: directly. */
  default Map<String, String> condaChannels() {
    return Map.of();
  }

  /** The index that pip in pods of the cluster installs from; empty: PyPI. */
  default Optional<String> pipIndex() {
    return Optional.empty();
  }

  /** Whether pods of the cluster reach the testbed's machines. */
  default boolean reachesMachines() {
    return false;
  }
}
