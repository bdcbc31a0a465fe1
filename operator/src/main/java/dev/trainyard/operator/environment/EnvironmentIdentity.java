package dev.trainyard.operator.environment;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.api.v1alpha1.EnvironmentSpec;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.ImageReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What makes an environment the one that it is: the base image's digest, channels in order, conda
 * dependencies, pip section, Docker steps and Spark packages. Everything that has the same ones
 * shares one build.
 */
public final class EnvironmentIdentity {
  /** Raise it when the same dependencies are to give another image than before. */
  private static final int VERSION = 1;

  private static final int HASH_LENGTH = 32;

  /**
   * Where every environment is installed when it is built. It is the same for all, so that packages
   * which write it into their files have the same files in all, and as long as the path of each, so
   * that it can be replaced in them.
   */
  static final String INSTALLED = "/azureml-envs/azureml_" + "0".repeat(HASH_LENGTH);

  private static final Dependencies NO_DEPENDENCIES =
      new Dependencies(List.of(), List.of(), List.of());
  private static final ObjectMapper JSON = new ObjectMapper();

  private EnvironmentIdentity() {}

  /**
   * The spec of the environment that these dependencies make on a base image.
   *
   * @param base base image by digest
   * @param spark Spark packages as group:artifact:version
   */
  public static EnvironmentSpec spec(
      ImageReference base, Dependencies dependencies, List<String> spark) {
    return new EnvironmentSpec(
        hash(base.digest().orElseThrow(), dependencies, List.of(), spark),
        base.toString(),
        dependencies.channels(),
        dependencies.conda(),
        dependencies.pip().isEmpty() ? null : dependencies.pip(),
        null,
        spark.isEmpty() ? null : spark);
  }

  /**
   * The spec of the image that a Dockerfile makes.
   *
   * @param base image by digest that the last stage begins with
   * @param context digest of the files that it may copy
   */
  public static EnvironmentSpec spec(
      ImageReference base, EnvironmentSpec.Dockerfile dockerfile, Optional<Digest> context) {
    var identity = new ArrayList<String>();
    identity.add(dockerfile.text());
    dockerfile.images().stream()
        .map(image -> image.replaceFirst("=.*@", "="))
        .forEach(identity::add);
    context.map(Digest::text).ifPresent(identity::add);
    return new EnvironmentSpec(
        hash(base.digest().orElseThrow(), NO_DEPENDENCIES, identity, List.of()),
        base.toString(),
        null,
        null,
        null,
        dockerfile,
        null);
  }

  /** Name of the resource. */
  public static String name(EnvironmentSpec spec) {
    return "env-" + spec.hash();
  }

  /** Directory of the environment in its image: a symbolic link to where it was installed. */
  static String prefix(EnvironmentSpec spec) {
    return "/azureml-envs/azureml_" + spec.hash();
  }

  static String hash(
      Digest base, Dependencies dependencies, List<String> docker, List<String> spark) {
    ObjectNode identity = JSON.createObjectNode();
    identity.put("version", VERSION).put("base", base.text());
    dependencies.channels().forEach(identity.putArray("channels")::add);
    dependencies.conda().forEach(identity.putArray("conda")::add);
    dependencies.pip().forEach(identity.putArray("pip")::add);
    docker.forEach(identity.putArray("docker")::add);
    spark.stream().sorted().forEach(identity.putArray("spark")::add);
    try {
      return Digest.of(JSON.writeValueAsBytes(identity)).hex().substring(0, HASH_LENGTH);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of texts is always JSON", e);
    }
  }
}
