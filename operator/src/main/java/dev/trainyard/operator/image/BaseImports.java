package dev.trainyard.operator.image;

import dev.trainyard.oci.Credentials;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** The imports of base images that are under way: one for each base image and namespace. */
public final class BaseImports {
  private final ConcurrentMap<String, BaseImport> byTarget = new ConcurrentHashMap<>();
  private final ConcurrentMap<Digest, Lock> copying = new ConcurrentHashMap<>();
  private final ImageStore images;

  public BaseImports(ImageStore images) {
    this.images = images;
  }

  /** Begins the import or tells how far it is; a failed one is begun again by the next call. */
  public BaseImport.State advance(
      String namespace, ImageReference image, Manifest base, Credentials credentials)
      throws RegistryException {
    String key = namespace + "/" + base.digest();
    BaseImport work =
        byTarget.computeIfAbsent(
            key, k -> images.baseImport(namespace, image, credentials, copying(base.digest())));
    BaseImport.State state = work.advance(base);
    if (!(state instanceof BaseImport.Importing)) {
      // What is in the registry is the truth; it may be emptied behind our back.
      byTarget.remove(key, work);
    }
    return state;
  }

  /** Two namespaces that need the same base at once copy it once. */
  private Lock copying(Digest base) {
    return copying.computeIfAbsent(base, digest -> new ReentrantLock());
  }
}
