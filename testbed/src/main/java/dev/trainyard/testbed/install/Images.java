package dev.trainyard.testbed.install;

import dev.trainyard.oci.Credentials;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryEndpoints;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.testbed.Checkouts;
import dev.trainyard.testbed.Command;
import dev.trainyard.testbed.ImageRoute;
import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.TestbedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** Builds Trainyard's images by Jib and brings them where nodes find them. */
final class Images {
  /** The images; {@link #module} says what they are made from. */
  static final List<String> NAMES = List.of("operator", "builder", "conda");

  private static final String PUBLIC = "ghcr.io/trainyard";

  private final Path checkout;
  private final Progress progress;

  Images(Path checkout, Progress progress) {
    this.checkout = checkout;
    this.progress = progress;
  }

  /** The module that an image is made from. */
  private static String module(String image) {
    return image.equals("conda") ? "builder/conda" : image;
  }

  /**
   * Builds what is not there yet.
   *
   * @return the repository that nodes pull from; the images are below it
   */
  String provide(ImageRoute route, String tag) throws IOException, InterruptedException {
    return switch (route) {
      case ImageRoute.Registry registry -> push(registry, tag);
      case ImageRoute.Archives archives -> load(archives, tag);
    };
  }

  private String push(ImageRoute.Registry registry, String tag)
      throws IOException, InterruptedException {
    String repository = registry.push() + "/trainyard";
    if (!areIn(registry, repository, tag)) {
      try (var phase = progress.phase("Building the images")) {
        var words = build("images", repository, tag);
        registry.javaBase().ifPresent(base -> words.add("-Dimage.base=" + base));
        registry.pythonBase().ifPresent(base -> words.add("-Dimage.python=" + base));
        if (registry.plainHttp()) {
          words.add("-Djib.allowInsecureRegistries=true");
        }
        run(words);
      }
    }
    return registry.pull() + "/trainyard";
  }

  private boolean areIn(ImageRoute.Registry registry, String repository, String tag) {
    for (String name : NAMES) {
      ImageReference image = ImageReference.parse(repository + "/" + name + ":" + tag);
      var insecure = registry.plainHttp() ? Set.of(image.registry()) : Set.<String>of();
      var client = new RegistryClient(new RegistryEndpoints(Map.of(), insecure));
      try {
        if (client.manifest(Repository.of(image, Credentials.NONE), tag).isEmpty()) {
          return false;
        }
      } catch (RegistryException e) {
        // A registry that lets us look only with credentials: Jib finds them and builds.
        return false;
      }
    }
    progress.say("The images are there already: " + tag + ".");
    return true;
  }

  private String load(ImageRoute.Archives archives, String tag)
      throws IOException, InterruptedException {
    Path marker = Checkouts.loadedImages(checkout);
    if (Files.exists(marker) && Files.readString(marker).equals(tag)) {
      progress.say("The images are there already: " + tag + ".");
      return PUBLIC;
    }
    try (var phase = progress.phase("Building the images")) {
      run(build("image-archives", PUBLIC, tag));
    }
    try (var phase = progress.phase("Loading the images")) {
      for (String name : NAMES) {
        archives
            .loader()
            .load(checkout.resolve(module(name)).resolve("target").resolve("jib-image.tar"));
      }
    }
    Files.writeString(marker, tag);
    return PUBLIC;
  }

  private static List<String> build(String profile, String repository, String tag) {
    return new ArrayList<>(
        List.of(
            "mvn",
            "-B",
            "-ntp",
            "-q",
            "-pl",
            String.join(",", NAMES.stream().map(Images::module).toList()),
            "-am",
            "package",
            "-DskipUnitTests=true",
            "-Dspotless.check.skip=true",
            "-Dimage.registry=" + repository,
            "-Dimage.tag=" + tag,
            "-P" + profile));
  }

  private void run(List<String> words) throws IOException, InterruptedException {
    requirePip();
    Command.of(words)
        .with("MAVEN_OPTS", "--sun-misc-unsafe-memory-access=allow")
        .with("JAVA_HOME", Objects.requireNonNull(System.getProperty("java.home")))
        .in(checkout)
        .within(900)
        .run();
  }

  /** The conda step's image has rattler's wheel, which pip brings. */
  private static void requirePip() throws InterruptedException {
    try {
      Command.of("python3", "-m", "pip", "--version").within(60).run();
    } catch (IOException | TestbedException e) {
      throw new TestbedException(
          "Building the images needs Python with pip, and `python3 -m pip` does not work: install"
              + " it, for example with 'apt-get install python3-pip'.");
    }
  }
}
