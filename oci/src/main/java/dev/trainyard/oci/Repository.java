package dev.trainyard.oci;

/**
 * One repository of a registry and what opens it.
 *
 * @param registry host, with its port where one is given
 * @param name path in the registry
 */
public record Repository(String registry, String name, Credentials credentials) {

  /** The repository of an image. */
  public static Repository of(ImageReference image, Credentials credentials) {
    return new Repository(image.registry(), image.repository(), credentials);
  }

  @Override
  public String toString() {
    return registry + "/" + name;
  }
}
