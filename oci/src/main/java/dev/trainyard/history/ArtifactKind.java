package dev.trainyard.history;

/** The kinds of artifacts that runs leave; each has one of a kind for an attempt. */
public enum ArtifactKind {
  /** Directories that the script wrote. */
  OUTPUTS("outputs"),
  /** What the script printed, and the metrics in it. */
  LOG("log");

  private final String word;

  ArtifactKind(String word) {
    this.word = word;
  }

  /** The artifactType of the manifest. */
  public String artifactType() {
    return "application/vnd.trainyard." + word + ".v1";
  }

  /**
   * The tag of the artifact of an attempt's node; it follows from the attempt, so it can be found
   * again.
   */
  public String tag(String runUid, int attempt, int node) {
    return word + "-" + runUid + "-" + attempt + (node == 0 ? "" : "-" + node);
  }
}
