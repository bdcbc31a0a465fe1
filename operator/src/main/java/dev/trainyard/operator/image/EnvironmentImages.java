package dev.trainyard.operator.image;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.oci.RunImageComposer;
import dev.trainyard.snapshot.SnapshotStore;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * The images of environments, in the repository of their namespace. A build pushes an image's tag
 * last, so that what has the tag is whole.
 */
public final class EnvironmentImages {
  private static final String LOCK = "-lock";

  /** Annotation by which a build tells how many layers are the environment's own. */
  private static final String LAYERS = "dev.trainyard.environment.layers";

  private final RegistryClient registry;
  private final Function<String, Repository> repositories;
  private final String pullRegistry;
  private final RunImageComposer composer;

  /**
   * An environment that was built.
   *
   * @param image by digest, as nodes pull it
   * @param size bytes of its own layers
   * @param packages its exact packages
   * @param lock artifact with its exact packages, by digest
   */
  public record Built(String image, long size, List<String> packages, Optional<String> lock) {}

  EnvironmentImages(
      RegistryClient registry, Function<String, Repository> repositories, String pullRegistry) {
    this.registry = registry;
    this.repositories = repositories;
    this.pullRegistry = pullRegistry;
    this.composer = new RunImageComposer(registry);
  }

  /** The environment of that name, if the registry has it. */
  public Optional<Built> find(String namespace, String name) throws RegistryException {
    Repository repository = repositories.apply(namespace);
    Optional<Manifest> image = registry.manifest(repository, name);
    if (image.isEmpty()) {
      return Optional.empty();
    }
    var packages = new ArrayList<String>();
    Optional<Manifest> lock = registry.manifest(repository, name + LOCK);
    if (lock.isPresent()) {
      for (JsonNode entry :
          registry.jsonBlob(repository, lock.get().config().digest()).path("packages")) {
        packages.add(entry.asText());
      }
    }
    return Optional.of(
        new Built(
            reference(repository, image.get().digest()),
            own(image.get()).stream().mapToLong(Descriptor::size).sum(),
            packages,
            lock.map(manifest -> reference(repository, manifest.digest()))));
  }

  /**
   * The layers of an environment's own files: the top ones of its image, the lowest first.
   *
   * @param image by digest, as nodes pull it
   */
  public List<Descriptor> layers(String namespace, String image) throws RegistryException {
    return own(
        registry.image(repositories.apply(namespace), image.substring(image.indexOf('@') + 1)));
  }

  private static List<Descriptor> own(Manifest image) throws RegistryException {
    List<Descriptor> layers = image.layers();
    int own = image.annotation(LAYERS).map(Integer::parseInt).orElse(1);
    return layers.subList(Math.max(0, layers.size() - own), layers.size());
  }

  /** A layer as it comes; the caller closes it and holds what it read to the digest. */
  public InputStream open(String namespace, Digest layer) throws RegistryException {
    return registry.openBlob(repositories.apply(namespace), layer);
  }

  /** Whether the registry still has an environment's image. */
  public boolean exists(String namespace, String image) throws RegistryException {
    return registry
        .manifest(repositories.apply(namespace), image.substring(image.indexOf('@') + 1))
        .isPresent();
  }

  /**
   * Composes the run image from an environment and a snapshot.
   *
   * @return the image by digest, as nodes pull it
   */
  public String compose(String namespace, String environment, Digest snapshot, String runUid)
      throws RegistryException {
    Repository repository = repositories.apply(namespace);
    String version = environment.substring(environment.indexOf('@') + 1);
    Digest image =
        composer.compose(
            repository,
            registry.image(repository, version),
            repository,
            registry.image(repository, snapshot.text()),
            SnapshotStore.WORKING_DIRECTORY,
            "run-" + runUid);
    return reference(repository, image);
  }

  /** Deletes an environment's image and lock; the registry's own collection frees the layers. */
  public void delete(String namespace, String name) throws RegistryException {
    Repository repository = repositories.apply(namespace);
    for (String tag : List.of(name, name + LOCK)) {
      Optional<Manifest> manifest = registry.manifest(repository, tag);
      if (manifest.isPresent()) {
        registry.deleteManifest(repository, manifest.get().digest());
      }
    }
  }

  private String reference(Repository repository, Digest digest) {
    return pullRegistry + "/" + repository.name() + "@" + digest;
  }
}
