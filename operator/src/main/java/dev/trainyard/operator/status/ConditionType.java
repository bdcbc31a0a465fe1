package dev.trainyard.operator.status;

/** The condition types that Trainyard sets. */
public enum ConditionType {
  /** ComputeTarget: runs can be sent to it. RunConfiguration: runs can use it. Run: completed. */
  READY("Ready"),
  /**
   * kstatus: the object has not reached what its spec asks for yet. On a TrainingRun True until it
   * is over.
   */
  RECONCILING("Reconciling"),
  /** kstatus: the object will not go on by itself; a person has to act. */
  STALLED("Stalled"),
  /** RunConfiguration: every field that is set is acted on. */
  FULLY_HONORED("FullyHonored"),
  /** TrainingRun: configuration and target are found and fit each other. */
  ACCEPTED("Accepted"),
  /** TrainingRun: the source is in the registry. */
  SNAPSHOT_READY("SnapshotReady"),
  /** TrainingRun: the image that the script runs in is known by digest. */
  ENVIRONMENT_READY("EnvironmentReady"),
  /** TrainingRun: the target takes runs. */
  TARGET_READY("TargetReady"),
  /** TrainingRun: the current attempt was handed to the target. */
  SUBMITTED("Submitted"),
  /** TrainingRun: the script of the current attempt has ended, however it did. */
  EXECUTED("Executed"),
  /** TrainingRun: what the current attempt left, its log and outputs, is in the registry. */
  HISTORY_STORED("HistoryStored"),
  /** TrainingRun: it is over, for good; True whatever its outcome. */
  FINISHED("Finished");

  private final String text;

  ConditionType(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
