package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;

/** Reads a snapshot of a namespace as a compressed tar. */
public interface SnapshotSource {
  byte[] read(String namespace, Digest snapshot) throws RegistryException;
}
