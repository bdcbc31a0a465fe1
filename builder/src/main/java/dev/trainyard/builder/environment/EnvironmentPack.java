package dev.trainyard.builder.environment;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.Credentials;
import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryConnections;
import dev.trainyard.oci.RegistryEndpoints;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Packs an installed prefix as layers and pushes them as an image on top of a base whose layers the
 * registry has: they are mounted, not downloaded. The image's tag is pushed last, so that an image
 * of that tag is always whole. What came of it is written as JSON to the termination message.
 */
@Command(name = "environment-pack", description = "Packs a conda environment as an image.")
public final class EnvironmentPack implements Callable<Integer> {
  private static final int PERSON = 3;
  private static final int PASSING = 4;
  private static final double SECOND = 1e9;
  private static final ObjectMapper JSON = new ObjectMapper();

  @Option(names = "--prefix", required = true, description = "Directory of the environment.")
  private Path prefix = Path.of("/");

  @Option(names = "--link", description = "Where else the environment is, by a symbolic link.")
  private @Nullable Path link;

  @Option(names = "--work", required = true, description = "Where the steps before left lists.")
  private Path work = Path.of("/");

  @Option(names = "--base", required = true, description = "Base image in the same registry.")
  private String base = "";

  @Option(names = "--repository", required = true, description = "Where the image goes.")
  private String repository = "";

  @Option(names = "--tag", required = true, description = "Tag of the image.")
  private String tag = "";

  @Option(names = "--registry-config", description = "Docker config.json for the registry.")
  private @Nullable Path registryConfig;

  @Option(names = "--cache", description = "Where blocks of earlier builds are kept.")
  private @Nullable Path cache;

  @Option(names = "--result", description = "File for the result.")
  private Path result = Path.of("/dev/termination-log");

  private final PackProgress progress = new PackProgress(System.out);
  private final AtomicLong downloaded = new AtomicLong();

  @Override
  public Integer call() throws IOException {
    ObjectNode answer = JSON.createObjectNode();
    int code = 0;
    try {
      pack(answer.put("ok", true));
    } catch (RegistryException e) {
      // A base image that is not there is brought in anew before the next build.
      code =
          switch (e.kind()) {
            case UNREACHABLE, NOT_FOUND -> PASSING;
            case UNAUTHORIZED, REJECTED, INVALID -> PERSON;
          };
      failed(answer, reason(e), e.getMessage() + ".", code == PASSING);
    } catch (IOException e) {
      code = PERSON;
      if (Files.getFileStore(Path.of("/tmp")).getUsableSpace() > 1 << 20) {
        throw e;
      }
      failed(
          answer,
          "DiskFull",
          "The build ran out of disk while packing: raise environments.storage in the chart's"
              + " values.",
          false);
    }
    Files.write(result, JSON.writeValueAsBytes(answer));
    System.out.println(answer);
    return code;
  }

  private void pack(ObjectNode answer) throws RegistryException, IOException {
    Repository target = Repository.of(ImageReference.parse(repository), credentials());
    ImageReference baseImage = ImageReference.parse(base);
    Repository source = Repository.of(baseImage, credentials());
    var registry = new RegistryClient(endpoints(target));
    long begin = System.nanoTime();
    var layers = new EnvironmentLayers(prefix, work, Optional.ofNullable(cache));
    layers.write(
        Optional.ofNullable(link),
        bytes -> progress.say("packing, " + bytes / 1_000_000 + " MB read"));
    long packed = System.nanoTime();
    Manifest manifest = registry.image(source, baseImage.version());
    for (Descriptor below : manifest.layers()) {
      long before = downloaded.get();
      registry.copyBlob(source, target, below, bytes -> downloaded.set(before + bytes));
    }
    long pushed = layers.push(registry, target, progress);
    Digest image = push(registry, target, source, manifest, layers.all(), pushed, answer);
    answer
        .put("image", image.text())
        .put("size", layers.size())
        .put("packSeconds", seconds(packed - begin))
        .put("pushSeconds", seconds(System.nanoTime() - packed))
        .put("baseBytesDownloaded", downloaded.get());
  }

  private Digest push(
      RegistryClient registry,
      Repository target,
      Repository source,
      Manifest baseManifest,
      List<PrefixLayer> layers,
      long pushedBefore,
      ObjectNode answer)
      throws RegistryException, IOException {
    byte[] config =
        EnvironmentImage.config(
            registry.jsonBlob(source, baseManifest.config().digest()),
            link == null ? prefix : link,
            layers);
    long pushed =
        pushedBefore
            + registry.pushBlob(target, Digest.of(config), BodyPublishers.ofByteArray(config));
    var lock = new EnvironmentLock(work);
    answer
        .put("lock", lock.push(registry, target, tag + "-lock").text())
        .put("pushedBytes", pushed)
        .put("packages", lock.packages().size());
    return registry.pushManifest(
        target,
        tag,
        EnvironmentImage.MANIFEST_TYPE,
        EnvironmentImage.manifest(baseManifest, config, layers));
  }

  private Credentials credentials() throws IOException {
    return registryConfig == null
        ? Credentials.NONE
        : Credentials.fromDockerConfig(Files.readAllBytes(registryConfig));
  }

  private static RegistryEndpoints endpoints(Repository target) {
    boolean insecure = "true".equals(System.getenv("TRAINYARD_REGISTRY_INSECURE"));
    return new RegistryEndpoints(
        Map.of(),
        insecure ? Set.of(target.registry()) : Set.of(),
        RegistryConnections.from(System.getenv()));
  }

  private static void failed(
      ObjectNode answer, String reason, @Nullable String message, boolean passing) {
    answer
        .put("ok", false)
        .put("reason", reason)
        .put("message", String.valueOf(message))
        .put("passing", passing);
  }

  private static String reason(RegistryException e) {
    return switch (e.kind()) {
      case UNREACHABLE, NOT_FOUND -> "RegistryUnreachable";
      case UNAUTHORIZED -> "RegistryUnauthorized";
      case REJECTED, INVALID -> "RegistryRejected";
    };
  }

  private static double seconds(long nanos) {
    return Math.round(Duration.ofNanos(nanos).toNanos() / SECOND * 10) / 10.0;
  }
}
