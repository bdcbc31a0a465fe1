package dev.trainyard.operator.history;

import dev.trainyard.api.v1alpha1.TrainingRunStatus.Artifact;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How far the storing of what an attempt left is. */
public sealed interface Collection {

  /** It is being stored. */
  record UnderWay(String message) implements Collection {}

  /**
   * What could be stored is.
   *
   * @param lastLines last lines of the output, where it was read
   * @param progress what the script said last about how far it is
   * @param losses what is not there, each a sentence
   * @param notes what else a user should know, each a sentence
   */
  record Complete(
      @Nullable Artifact log,
      @Nullable Artifact outputs,
      Map<String, String> metrics,
      @Nullable String lastLines,
      @Nullable String progress,
      List<String> losses,
      List<String> notes)
      implements Collection {}
}
