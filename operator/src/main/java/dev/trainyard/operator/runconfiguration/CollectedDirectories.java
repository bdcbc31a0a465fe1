package dev.trainyard.operator.runconfiguration;

import dev.trainyard.api.v1alpha1.RunConfigurationSpec.History;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver.InvalidConfigurationException;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which directories of a run are collected: {@code outputs} and {@code logs}, as Azure ML did,
 * MLflow's file store {@code mlruns}, and those of {@code history.directoriesToWatch}.
 */
final class CollectedDirectories {
  private static final List<String> ALWAYS = List.of("outputs", "logs", "mlruns");

  private CollectedDirectories() {}

  /** The directories, sorted; one that lies below another is part of that one. */
  static List<String> of(@Nullable History history) throws InvalidConfigurationException {
    if (history != null && Boolean.FALSE.equals(history.outputCollection())) {
      return List.of();
    }
    var all = new TreeSet<Path>();
    ALWAYS.forEach(name -> all.add(Path.of(name)));
    if (history != null && history.directoriesToWatch() != null) {
      for (String written : history.directoriesToWatch()) {
        Path directory = Path.of(written).normalize();
        if (directory.toString().isEmpty()) {
          throw new InvalidConfigurationException(
              "history.directoriesToWatch has '"
                  + written
                  + "', which is the source directory itself: name directories inside it");
        }
        all.add(directory);
      }
    }
    return all.stream()
        .filter(path -> all.stream().noneMatch(o -> !o.equals(path) && path.startsWith(o)))
        .map(Path::toString)
        .toList();
  }
}
