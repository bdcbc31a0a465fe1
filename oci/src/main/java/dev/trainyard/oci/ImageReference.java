package dev.trainyard.oci;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of an image, with Docker's short forms spelled out: {@code python} is {@code
 * docker.io/library/python:latest}.
 *
 * @param registry host, with its port where one is given
 * @param repository path in the registry
 * @param tag tag; absent when only a digest was given
 * @param digest digest; it is what counts when present
 */
public record ImageReference(
    String registry, String repository, Optional<String> tag, Optional<Digest> digest) {
  private static final Pattern REPOSITORY =
      Pattern.compile("[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*");
  private static final Pattern REGISTRY =
      Pattern.compile("([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\\[[0-9a-fA-F:]+])(:[0-9]{1,5})?");
  private static final int LONGEST_REPOSITORY = 255;
  private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,127}");

  /**
   * Reads a reference.
   *
   * @throws IllegalArgumentException saying which part is wrong
   */
  public static ImageReference parse(String text) {
    int at = text.indexOf('@');
    String name = at < 0 ? text : text.substring(0, at);
    Optional<Digest> digest =
        at < 0 ? Optional.empty() : Optional.of(new Digest(text.substring(at + 1)));
    int colon = name.lastIndexOf(':');
    Optional<String> tag = Optional.empty();
    if (colon > name.lastIndexOf('/')) {
      tag = Optional.of(name.substring(colon + 1));
      name = name.substring(0, colon);
    }
    int slash = name.indexOf('/');
    String head = slash < 0 ? "" : name.substring(0, slash);
    boolean hasHost =
        head.contains(".")
            || head.contains(":")
            || head.equals("localhost")
            || !head.equals(head.toLowerCase(Locale.ROOT));
    String registry = hasHost && !head.equals("index.docker.io") ? head : "docker.io";
    String repository = hasHost ? name.substring(slash + 1) : name;
    if (registry.equals("docker.io") && !repository.contains("/")) {
      repository = "library/" + repository;
    }
    check(text, registry, repository, tag);
    return new ImageReference(
        registry,
        repository,
        tag.isEmpty() && digest.isEmpty() ? Optional.of("latest") : tag,
        digest);
  }

  private static void check(String text, String registry, String repository, Optional<String> tag) {
    if (!REGISTRY.matcher(registry).matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not an image reference: '" + registry + "' is not a registry");
    }
    if (repository.length() > LONGEST_REPOSITORY || !REPOSITORY.matcher(repository).matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not an image reference: '" + repository + "' is not a repository");
    }
    if (tag.isPresent() && !TAG.matcher(tag.get()).matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not an image reference: '" + tag.get() + "' is not a tag");
    }
  }

  /** What follows {@code /manifests/} in a request: the digest, else the tag. */
  public String version() {
    return digest.map(Digest::text).or(() -> tag).orElseThrow();
  }

  /** The same repository at a digest. */
  public ImageReference at(Digest other) {
    return new ImageReference(registry, repository, tag, Optional.of(other));
  }

  @Override
  public String toString() {
    return registry
        + "/"
        + repository
        + tag.map(t -> ":" + t).orElse("")
        + digest.map(d -> "@" + d).orElse("");
  }
}
