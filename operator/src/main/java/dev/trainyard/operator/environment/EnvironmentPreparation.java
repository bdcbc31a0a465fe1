package dev.trainyard.operator.environment;

import dev.trainyard.api.v1alpha1.EnvironmentSpec;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.image.BaseImageSecret;
import dev.trainyard.operator.image.BaseImport;
import dev.trainyard.operator.image.BaseImports;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Has an environment built ahead of any run that needs it. */
public final class EnvironmentPreparation {
  private static final Duration PROGRESS = Duration.ofSeconds(2);
  private static final Duration LATER = Duration.ofSeconds(30);

  /** What came of it. */
  public sealed interface Outcome {}

  /** The resource is there; its own status says the rest. */
  public record Asked(String name) implements Outcome {}

  /** Something is not as it has to be yet. */
  public record Held(Reason reason, String message, Duration again) implements Outcome {}

  private final ImageStore images;
  private final BaseImports imports;
  private final BaseImageSecret secret;
  private final Environments environments;

  public EnvironmentPreparation(
      ImageStore images, BaseImports imports, BaseImageSecret secret, Environments environments) {
    this.images = images;
    this.imports = imports;
    this.secret = secret;
    this.environments = environments;
  }

  /**
   * Makes the environment unless it is there.
   *
   * @param baseImage as written
   * @param imageSecret Secret that opens the base image's registry
   * @param sparkPackages as group:artifact:version
   */
  public Outcome prepare(
      String namespace,
      String baseImage,
      Optional<String> imageSecret,
      Dependencies dependencies,
      List<String> sparkPackages) {
    BaseImageSecret.Found found = secret.read(namespace, imageSecret);
    if (found.obstacle().isPresent()) {
      return new Held(found.obstacle().get().reason(), found.obstacle().get().message(), LATER);
    }
    try {
      ImageReference written = ImageReference.parse(baseImage);
      Manifest manifest = images.resolve(written, found.credentials());
      ImageReference base = written.at(manifest.digest());
      return switch (imports.advance(namespace, base, manifest, found.credentials())) {
        case BaseImport.Importing importing ->
            new Held(
                Reason.IMPORTING_BASE_IMAGE,
                "The base image is being brought into the registry.",
                PROGRESS);
        case BaseImport.Failed failed ->
            new Held(Reason.REGISTRY_UNREACHABLE, failed.cause().getMessage() + ".", LATER);
        case BaseImport.Imported imported -> {
          EnvironmentSpec spec = EnvironmentIdentity.spec(base, dependencies, sparkPackages);
          environments.ensure(namespace, spec);
          yield new Asked(EnvironmentIdentity.name(spec));
        }
      };
    } catch (IllegalArgumentException e) {
      return new Held(
          Reason.BASE_IMAGE_INVALID,
          "environment.docker.baseImage: " + e.getMessage() + ".",
          LATER);
    } catch (RegistryException e) {
      return new Held(Reason.REGISTRY_UNREACHABLE, e.getMessage() + ".", LATER);
    }
  }
}
