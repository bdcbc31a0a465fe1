package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.LocalObjectReference;
import dev.trainyard.api.v1alpha1.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a Job needs to know to pack a source. Pure.
 *
 * @param arguments subcommand of the builder and its options
 * @param secret Secret whose keys are mounted as files
 * @param claim PersistentVolumeClaim that is mounted
 * @param authorities ConfigMap with certificate authorities, which is mounted
 */
record JobSource(
    List<String> arguments,
    Optional<String> secret,
    Optional<String> claim,
    Optional<String> authorities) {
  static final String SECRET_DIRECTORY = "/var/run/trainyard/source";
  static final String VOLUME_DIRECTORY = "/var/run/trainyard/volume";
  static final String AUTHORITIES_DIRECTORY = "/var/run/trainyard/authorities";

  /** The key of the ConfigMap, and the file. */
  static final String AUTHORITIES = "ca.crt";

  /** A source that says itself where it is. */
  static JobSource of(Source source) {
    if (source.git() != null) {
      return git(source.git());
    }
    if (source.archive() != null) {
      return archive(source.archive());
    }
    return source.image() != null
        ? image(source.image())
        : volume(Objects.requireNonNull(source.persistentVolumeClaim()));
  }

  /**
   * What Flux has fetched.
   *
   * @param hosts where an artifact may lie, although it has a private address and speaks http
   */
  static JobSource of(Source.Flux flux, FluxArtifact.Ready artifact, Set<String> hosts) {
    var arguments =
        new ArrayList<>(
            List.of(
                "snapshot-archive",
                "--field=source.flux",
                "--url=" + escaped(artifact.url()),
                "--sha256=" + artifact.sha256()));
    option(arguments, "version-id", artifact.version());
    option(arguments, "path", flux.path());
    hosts.stream().sorted().forEach(host -> option(arguments, "trusted-host", host));
    return new JobSource(arguments, Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static JobSource git(Source.Git git) {
    var arguments = new ArrayList<>(List.of("snapshot-git", "--url=" + git.url()));
    option(arguments, "branch", git.branch());
    option(arguments, "tag", git.tag());
    option(arguments, "commit", git.commit());
    option(arguments, "path", git.path());
    if (git.secretRef() != null) {
      arguments.add("--secret-directory=" + SECRET_DIRECTORY);
    }
    return new JobSource(
        arguments,
        Optional.ofNullable(git.secretRef()).map(LocalObjectReference::name),
        Optional.empty(),
        authorities(arguments, git.caConfigMapRef()));
  }

  private static Optional<String> authorities(
      List<String> arguments, @Nullable LocalObjectReference configMap) {
    if (configMap == null) {
      return Optional.empty();
    }
    arguments.add("--authorities=" + AUTHORITIES_DIRECTORY + "/" + AUTHORITIES);
    return Optional.of(configMap.name());
  }

  private static JobSource archive(Source.Archive archive) {
    var arguments =
        new ArrayList<>(
            List.of("snapshot-archive", "--url=" + archive.url(), "--sha256=" + archive.sha256()));
    option(arguments, "path", archive.path());
    return new JobSource(
        arguments,
        Optional.empty(),
        Optional.empty(),
        authorities(arguments, archive.caConfigMapRef()));
  }

  private static JobSource image(Source.ImageSource image) {
    var arguments = new ArrayList<>(List.of("snapshot-image", "--reference=" + image.reference()));
    option(arguments, "path", image.path());
    return new JobSource(arguments, Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static JobSource volume(Source.VolumeSource volume) {
    var arguments = new ArrayList<>(List.of("snapshot-directory", "--root=" + VOLUME_DIRECTORY));
    option(arguments, "path", volume.path());
    return new JobSource(
        arguments, Optional.empty(), Optional.of(volume.claimName()), Optional.empty());
  }

  private static void option(List<String> arguments, String name, @Nullable String value) {
    if (value != null) {
      arguments.add("--" + name + "=" + escaped(value));
    }
  }

  /** The kubelet would take it for a variable. */
  private static String escaped(String value) {
    return value.replace("$(", "$$(");
  }
}
