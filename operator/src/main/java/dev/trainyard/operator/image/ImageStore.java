package dev.trainyard.operator.image;

import dev.trainyard.oci.ArtifactClient;
import dev.trainyard.oci.Credentials;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryEndpoints;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.oci.RunImageComposer;
import dev.trainyard.operator.settings.Settings;
import dev.trainyard.snapshot.DirectoryDigest;
import dev.trainyard.snapshot.Snapshot;
import dev.trainyard.snapshot.SnapshotStore;
import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Lock;

/**
 * The registry as runs see it: one repository a namespace, {@code trainyard/<namespace>}, which
 * holds its snapshots and run images.
 */
public final class ImageStore {
  /** No namespace has this name, so its repository is nobody's. */
  private static final String SHARED_BASES = "trainyard-bases";

  private final RegistryClient registry;

  /** For what runs of the same source or base image that come at once all ask. */
  private final RegistryClient recent;

  private final SnapshotStore snapshots;
  private final RunImageComposer composer;
  private final ArtifactClient artifacts;
  private final Settings settings;
  private final BaseTags tags;

  /** Whether run images are there; runs of one source and base image have the same one. */
  private final SharedReads<String, Boolean> runImages = new SharedReads<>();

  public ImageStore(Settings settings) {
    this.settings = settings;
    this.registry =
        new RegistryClient(
            new RegistryEndpoints(
                settings.registryMirrors(),
                settings.registryInsecure() ? Set.of(settings.registryPush()) : Set.of(),
                settings.registryConnections()));
    this.recent = registry.recalling();
    this.snapshots = new SnapshotStore(recent);
    this.composer = new RunImageComposer(recent);
    this.tags = new BaseTags(registry, settings.environments().baseImageCheck(), Clock.systemUTC());
    this.artifacts = new ArtifactClient(registry);
  }

  /** A client of the registry. */
  public RegistryClient registry() {
    return registry;
  }

  /** Packs the files of a source and keeps them in the namespace's repository. */
  public Snapshot pack(String namespace, Map<String, byte[]> files)
      throws RegistryException, SourceException, IOException {
    return snapshots.pack(SourceFiles.of(files), repository(namespace));
  }

  /** Whether a snapshot has a file of that path. */
  public boolean contains(String namespace, Digest snapshot, String path) throws RegistryException {
    return snapshots.contains(repository(namespace), snapshot, path);
  }

  /** Text of a YAML file of a snapshot; empty when it has none of that path. */
  public Optional<String> specification(String namespace, Digest snapshot, String path)
      throws RegistryException {
    return snapshots.specification(repository(namespace), snapshot, path);
  }

  /** Those of the directories below which a snapshot has files. */
  public List<String> directoriesWithFiles(
      String namespace, Digest snapshot, List<String> directories) throws RegistryException {
    return snapshots.directoriesWithFiles(repository(namespace), snapshot, directories);
  }

  /**
   * Deletes a manifest of the namespace's repository; what is not there counts as deleted.
   *
   * @return false when the registry does not let anything be deleted
   */
  public boolean delete(String namespace, Digest manifest) throws RegistryException {
    return artifacts.delete(repository(namespace), manifest);
  }

  /** A snapshot of at most 32 MiB as a compressed tar; its files lie under {@code azureml-run/}. */
  public byte[] readSnapshot(String namespace, Digest snapshot) throws RegistryException {
    Repository repository = repository(namespace);
    Manifest manifest = registry.image(repository, snapshot.text());
    return registry.blob(repository, manifest.layers().getFirst().digest());
  }

  /**
   * Digest of the files that a snapshot of at most 32 MiB has in a directory.
   *
   * @return empty when it has none there
   */
  public Optional<Digest> directory(String namespace, Digest snapshot, String directory)
      throws RegistryException {
    try {
      return DirectoryDigest.of(readSnapshot(namespace, snapshot), directory);
    } catch (IOException e) {
      throw new RegistryException(
          RegistryException.Kind.INVALID, "The snapshot " + snapshot + " cannot be read", e);
    }
  }

  /**
   * Whether a run image is still in the registry.
   *
   * @param image by digest, as nodes pull it
   */
  public boolean hasRunImage(String namespace, String image) throws RegistryException {
    Repository repository = repository(namespace);
    String digest = image.substring(image.indexOf('@') + 1);
    return runImages.read(
        repository.name() + "@" + digest, () -> registry.manifest(repository, digest).isPresent());
  }

  /** Whether a snapshot is still in the registry, which may have been emptied behind our back. */
  public boolean hasSnapshot(String namespace, Digest snapshot) throws RegistryException {
    return recent.manifest(repository(namespace), snapshot.text()).isPresent();
  }

  /** Resolves a base image to the manifest of its linux/amd64 image. */
  public Manifest resolve(ImageReference image, Credentials credentials) throws RegistryException {
    return tags.resolve(image, credentials);
  }

  /** The work of bringing a base image's layers into the namespace's repository. */
  BaseImport baseImport(
      String namespace, ImageReference image, Credentials credentials, Lock copying) {
    return new BaseImport(
        recent,
        Repository.of(image, credentials),
        new Repository(settings.registryPush(), SHARED_BASES, ownCredentials()),
        repository(namespace),
        copying);
  }

  /**
   * Composes the run image from a base whose layers are in the repository, and a snapshot.
   *
   * @return the image by digest, as nodes pull it
   */
  public String compose(
      String namespace,
      ImageReference base,
      Credentials credentials,
      Digest snapshot,
      String runUid)
      throws RegistryException {
    Repository target = repository(namespace);
    Repository source = Repository.of(base, credentials);
    Manifest snapshotManifest = recent.image(target, snapshot.text());
    Digest image =
        composer.compose(
            source,
            recent.image(source, base.version()),
            target,
            snapshotManifest,
            SnapshotStore.WORKING_DIRECTORY,
            "run-" + runUid);
    return settings.registryPull() + "/" + target.name() + "@" + image;
  }

  /** Name of the namespace's repository, as the operator and build pods push to it. */
  public String pushName(String namespace) {
    return settings.registryPush() + "/" + repository(namespace).name();
  }

  /** Names of a base image whose layers were brought into the registry. */
  public record ImportedBase(String push, String pull) {}

  /**
   * Where an imported base image lies.
   *
   * @param base its reference by digest, as it was imported
   */
  public ImportedBase importedBase(String base) {
    String version = SHARED_BASES + ":" + ImageReference.parse(base).digest().orElseThrow().hex();
    return new ImportedBase(
        settings.registryPush() + "/" + version, settings.registryPull() + "/" + version);
  }

  /** The images of environments in the same repositories. */
  public EnvironmentImages environments() {
    return new EnvironmentImages(registry, this::repository, settings.registryPull());
  }

  /** The namespace's repository, as the operator reaches it. */
  public Repository repository(String namespace) {
    return new Repository(
        settings.registryPush(), settings.repository(namespace), ownCredentials());
  }

  /**
   * What opens the registry. Read each time, so that a rotated Secret is picked up; the registry
   * refuses a broken one.
   */
  public Credentials ownCredentials() {
    if (settings.registryCredentials().isEmpty()) {
      return Credentials.NONE;
    }
    try {
      return Credentials.fromDockerConfig(
          Files.readAllBytes(Path.of(settings.registryCredentials())));
    } catch (IOException | IllegalArgumentException e) {
      return Credentials.NONE;
    }
  }
}
