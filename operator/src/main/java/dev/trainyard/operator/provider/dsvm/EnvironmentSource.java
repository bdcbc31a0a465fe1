package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;
import java.io.InputStream;

/** Where the files of conda environments come from. */
public interface EnvironmentSource {

  /**
   * The layer of an environment's own files, a compressed tar whose paths begin at the root.
   *
   * @param image image of the environment, by digest
   */
  Descriptor layer(String namespace, String image) throws RegistryException;

  /** That layer as it comes; the caller closes it and holds what it read to the digest. */
  InputStream open(String namespace, Digest layer) throws RegistryException;
}
