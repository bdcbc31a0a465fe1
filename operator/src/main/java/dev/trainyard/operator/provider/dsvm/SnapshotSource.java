package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;
import java.io.InputStream;

/** Opens a snapshot of a namespace as a compressed tar. */
public interface SnapshotSource {
  InputStream open(String namespace, Digest snapshot) throws RegistryException;
}
