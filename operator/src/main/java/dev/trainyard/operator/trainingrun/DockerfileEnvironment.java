package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentSpec;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.EnvironmentUse;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.environment.DependencyReader.InvalidDependenciesException;
import dev.trainyard.operator.environment.DockerfileImages;
import dev.trainyard.operator.environment.EnvironmentIdentity;
import dev.trainyard.operator.image.BaseImageSecret;
import dev.trainyard.operator.image.BaseImport;
import dev.trainyard.operator.image.BaseImports;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.runconfiguration.EffectiveConfiguration.DockerfileSource;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Has the image built that a Dockerfile makes, which is then the base image of the run. The images
 * after its FROM are fixed by digest and brought into the registry first, so that a moved tag is
 * noticed and no build needs their credentials.
 */
final class DockerfileEnvironment {
  private static final Duration PROGRESS = Duration.ofSeconds(1);
  private static final String SUMMARY = "a Dockerfile";

  /** What came of it. */
  sealed interface Outcome {}

  /**
   * The base image is there.
   *
   * @param image by digest, in the namespace's repository
   */
  record Base(ImageReference image) implements Outcome {}

  /** The run waits for it, or failed. */
  record NotYet(StepResult result) implements Outcome {}

  private final NeededEnvironment needed;
  private final ImageStore images;
  private final BaseImports imports;

  DockerfileEnvironment(NeededEnvironment needed, ImageStore images, BaseImports imports) {
    this.needed = needed;
    this.images = images;
    this.imports = imports;
  }

  /**
   * Does what can be done now.
   *
   * @param found what opens the registry of the images after FROM
   */
  Outcome base(RunProgress progress, DockerfileSource source, BaseImageSecret.Found found)
      throws RegistryException {
    String own = images.pushName(progress.namespace()) + "@";
    Optional<EnvironmentUse> use = progress.environment();
    Optional<EnvironmentSpec> fixed =
        use.map(EnvironmentUse::name)
            .flatMap(name -> needed.find(progress, name))
            .map(Environment::getSpec)
            .filter(spec -> spec.dockerfile() != null);
    if (fixed.isEmpty() && use.filter(u -> u.image().startsWith(own)).isPresent()) {
      return new Base(ImageReference.parse(use.get().image()));
    }
    try {
      EnvironmentSpec spec;
      if (fixed.isPresent()) {
        spec = fixed.get();
      } else {
        List<ImageReference> from = fixed(source, found);
        Optional<StepResult> importing = imported(progress, from, found);
        if (importing.isPresent()) {
          return new NotYet(importing.get());
        }
        spec = spec(progress, source, from);
      }
      return built(progress, spec, own);
    } catch (InvalidDependenciesException e) {
      return new NotYet(
          StepResult.failed(Reason.DOCKERFILE_INVALID, Objects.requireNonNull(e.getMessage())));
    }
  }

  private Outcome built(RunProgress progress, EnvironmentSpec spec, String own)
      throws RegistryException {
    String kind = progress.configuration().userManaged() ? "UserManaged" : "SystemManaged";
    var use = new EnvironmentUse(kind, spec.baseImage(), EnvironmentIdentity.name(spec));
    return switch (needed.obtain(progress, spec, use, SUMMARY)) {
      case NeededEnvironment.NotBuilt notBuilt -> new NotYet(notBuilt.result());
      case NeededEnvironment.Built built ->
          new Base(
              ImageReference.parse(own + built.image().substring(built.image().indexOf('@') + 1)));
    };
  }

  /** The images after FROM, by digest; the tag stays, since BuildKit looks for it. */
  private List<ImageReference> fixed(DockerfileSource source, BaseImageSecret.Found found)
      throws InvalidDependenciesException, RegistryException {
    var from = new ArrayList<ImageReference>();
    for (ImageReference image : DockerfileImages.of(source.text())) {
      from.add(image.at(images.resolve(image, found.credentials()).digest()));
    }
    return from;
  }

  private Optional<StepResult> imported(
      RunProgress progress, List<ImageReference> from, BaseImageSecret.Found found)
      throws RegistryException {
    for (ImageReference image : from) {
      Manifest manifest = images.resolve(image, found.credentials());
      switch (imports.advance(progress.namespace(), image, manifest, found.credentials())) {
        case BaseImport.Imported imported -> {}
        case BaseImport.Failed failed -> {
          return Optional.of(RegistryTrouble.base(failed.cause()));
        }
        case BaseImport.Importing importing -> {
          return Optional.of(
              new StepResult.Waiting(
                  RunPhase.PREPARING,
                  Reason.IMPORTING_BASE_IMAGE,
                  EnvironmentStep.importing(importing),
                  PROGRESS));
        }
      }
    }
    return Optional.empty();
  }

  private EnvironmentSpec spec(
      RunProgress progress, DockerfileSource source, List<ImageReference> from)
      throws InvalidDependenciesException, RegistryException {
    List<String> named =
        DockerfileImages.of(source.text()).stream().map(DockerfileImages::familiar).toList();
    var replaced = new ArrayList<String>();
    for (int i = 0; i < from.size(); i++) {
      replaced.add(named.get(i) + "=" + from.get(i));
    }
    String snapshot = progress.snapshot().orElseThrow().digest();
    Optional<Digest> context = Optional.empty();
    if (source.context().isPresent()) {
      context =
          images.directory(progress.namespace(), new Digest(snapshot), source.context().get());
      if (context.isEmpty()) {
        throw new InvalidDependenciesException(
            "environment.docker.buildContext.location is "
                + source.context().get()
                + ", and the source has no file there: check the path, and .amlignore or"
                + " .gitignore.");
      }
    }
    return EnvironmentIdentity.spec(
        from.getLast(),
        new EnvironmentSpec.Dockerfile(
            source.text(),
            replaced,
            source.context().map(c -> snapshot).orElse(null),
            source.context().orElse(null)),
        context);
  }
}
