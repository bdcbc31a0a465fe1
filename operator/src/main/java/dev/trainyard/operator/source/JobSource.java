package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.Source;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a Job needs to know to pack a source. Pure.
 *
 * @param arguments subcommand of the builder and its options
 * @param secret Secret whose keys are mounted as files
 * @param claim PersistentVolumeClaim that is mounted
 */
record JobSource(List<String> arguments, Optional<String> secret, Optional<String> claim) {
  static final String SECRET_DIRECTORY = "/var/run/trainyard/source";
  static final String VOLUME_DIRECTORY = "/var/run/trainyard/volume";

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

  private static JobSource git(Source.Git git) {
    var arguments = new ArrayList<>(List.of("snapshot-git", "--url=" + git.url()));
    option(arguments, "branch", git.branch());
    option(arguments, "tag", git.tag());
    option(arguments, "commit", git.commit());
    option(arguments, "path", git.path());
    if (git.secretRef() == null) {
      return new JobSource(arguments, Optional.empty(), Optional.empty());
    }
    arguments.add("--secret-directory=" + SECRET_DIRECTORY);
    return new JobSource(arguments, Optional.of(git.secretRef().name()), Optional.empty());
  }

  private static JobSource archive(Source.Archive archive) {
    var arguments =
        new ArrayList<>(
            List.of("snapshot-archive", "--url=" + archive.url(), "--sha256=" + archive.sha256()));
    option(arguments, "path", archive.path());
    return new JobSource(arguments, Optional.empty(), Optional.empty());
  }

  private static JobSource image(Source.ImageSource image) {
    var arguments = new ArrayList<>(List.of("snapshot-image", "--reference=" + image.reference()));
    option(arguments, "path", image.path());
    return new JobSource(arguments, Optional.empty(), Optional.empty());
  }

  private static JobSource volume(Source.VolumeSource volume) {
    var arguments = new ArrayList<>(List.of("snapshot-directory", "--root=" + VOLUME_DIRECTORY));
    option(arguments, "path", volume.path());
    return new JobSource(arguments, Optional.empty(), Optional.of(volume.claimName()));
  }

  private static void option(List<String> arguments, String name, @Nullable String value) {
    if (value != null) {
      arguments.add("--" + name + "=" + value.replace("$(", "$$("));
    }
  }
}
