package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;
import java.io.InputStream;
import java.util.List;

/** Where the files of conda environments come from. */
public interface EnvironmentSource {

  /**
   * The layers of an environment's own files, compressed tars whose paths begin at the root, the
   * lowest first.
   *
   * @param image image of the environment, by digest
   */
  List<Descriptor> layers(String namespace, String image) throws RegistryException;

  /** One of them as it comes; the caller closes it and holds what it read to the digest. */
  InputStream open(String namespace, Digest layer) throws RegistryException;
}
