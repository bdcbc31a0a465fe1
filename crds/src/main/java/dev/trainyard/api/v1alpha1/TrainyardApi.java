package dev.trainyard.api.v1alpha1;

/** Group, version and the labels that every object made by Trainyard carries. */
public final class TrainyardApi {
  public static final String GROUP = "trainyard.dev";
  public static final String VERSION = "v1alpha1";

  /** Label: the uid of the TrainingRun that an object was made for. */
  public static final String RUN_UID_LABEL = GROUP + "/run-uid";

  /** Label: what an object is for: {@code train}, {@code snapshot} or {@code environment}. */
  public static final String ROLE_LABEL = GROUP + "/role";

  /** Label: the attempt number of a run that a training Job belongs to, from 1. */
  public static final String ATTEMPT_LABEL = GROUP + "/attempt";

  /** Annotation: the name of the TrainingRun, which may be too long for a label. */
  public static final String RUN_NAME_ANNOTATION = GROUP + "/run-name";

  /** Label: name of the Environment that a Job and its pods build. */
  public static final String ENVIRONMENT_LABEL = GROUP + "/environment";

  /** Annotation of a RunConfiguration: {@code "true"} builds its environment ahead of any run. */
  public static final String PREPARE_ANNOTATION = GROUP + "/prepare-environment";

  /** Annotation of an Environment: it is built anew unless a build began after this time. */
  public static final String BUILD_ANNOTATION = GROUP + "/build-requested";

  /** Annotation of an Environment: when a run last said that it is going to use it. */
  public static final String NEEDED_ANNOTATION = GROUP + "/needed-at";

  /** Finalizer of TrainingRun and ComputeTarget. */
  public static final String FINALIZER = GROUP + "/cleanup";

  private TrainyardApi() {}
}
