package dev.trainyard.testbed.bare;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.Credentials;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryEndpoints;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.testbed.Checkouts;
import dev.trainyard.testbed.Progress;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The image of rootless BuildKit, made of Go modules and Debian's packages in place of the public
 * one. Not part of the cluster's start, since it takes minutes: made where a test asks for it.
 */
public final class BuildKitImage {
  private static final String SCRIPT = "buildkit.sh";
  private static final String MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private final ImageLayers layers;

  private BuildKitImage(Path directory, ImageLayers layers) {
    this.directory = directory;
    this.layers = layers;
  }

  /**
   * Makes the image unless it is there, and pushes it.
   *
   * @param checkout folder of the project
   * @param host registry that stands in for the public ones
   * @return the name that nodes pull it by
   */
  public static String provide(Path checkout, String host)
      throws IOException, InterruptedException, RegistryException {
    Path cache = Checkouts.cache();
    Path modules = checkout.resolve("testbed/bare/buildkit");
    Path script = Scripts.copy(cache, SCRIPT);
    String identity =
        Digest.of(
                (Files.readString(script) + Files.readString(modules.resolve("go.sum")))
                    .getBytes(StandardCharsets.UTF_8))
            .hex()
            .substring(0, 12);
    ImageLayers layers = ImageLayers.in(cache);
    var image = new BuildKitImage(cache.resolve("buildkit-" + identity), layers);
    var progress = new Progress(System.out);
    try (var phase = progress.phase("Making the image of BuildKit (minutes, once)")) {
      Root.command(List.of("bash", script.toString()))
          .with("DIR", image.directory.toString())
          .with("BASE", layers.root().toString())
          .with("SOURCES", modules.toString())
          .within(3_000)
          .to(progress::say)
          .run();
    }
    image.push(host, identity);
    return "docker.io/moby/buildkit:" + identity;
  }

  private void push(String host, String tag) throws IOException, RegistryException {
    var registry = new RegistryClient(new RegistryEndpoints(Map.of(), Set.of(host)));
    var repository = new Repository(host, "moby/buildkit", Credentials.NONE);
    byte[] config = config();
    ObjectNode manifest = JSON.createObjectNode();
    manifest.put("schemaVersion", 2).put("mediaType", MANIFEST_TYPE);
    manifest
        .putObject("config")
        .put("mediaType", "application/vnd.oci.image.config.v1+json")
        .put("digest", Digest.of(config).text())
        .put("size", config.length);
    for (Path layer : List.of(layers.file("base"), directory.resolve("buildkit.tar.gz"))) {
      Digest digest = digest(layer, ".digest");
      registry.pushBlob(repository, digest, BodyPublishers.ofFile(layer));
      manifest
          .withArrayProperty("layers")
          .addObject()
          .put("mediaType", "application/vnd.oci.image.layer.v1.tar+gzip")
          .put("digest", digest.text())
          .put("size", Files.size(layer));
    }
    registry.pushBlob(repository, Digest.of(config), BodyPublishers.ofByteArray(config));
    registry.pushManifest(repository, tag, MANIFEST_TYPE, JSON.writeValueAsBytes(manifest));
  }

  private byte[] config() throws IOException {
    ObjectNode config = JSON.createObjectNode();
    config.put("architecture", "amd64").put("os", "linux");
    config
        .putObject("config")
        .put("User", "1000:1000")
        .putArray("Env")
        .add("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    config
        .putObject("rootfs")
        .put("type", "layers")
        .putArray("diff_ids")
        .add(digest(layers.file("base"), ".diffid").text())
        .add(digest(directory.resolve("buildkit.tar.gz"), ".diffid").text());
    return JSON.writeValueAsBytes(config);
  }

  private static Digest digest(Path layer, String suffix) throws IOException {
    String name = layer.getFileName().toString().replace(".tar.gz", suffix);
    return new Digest("sha256:" + Files.readString(layer.resolveSibling(name)).strip());
  }
}
