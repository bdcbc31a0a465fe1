package dev.trainyard.operator.environment;

import java.util.Locale;

/** The parts of a build, in order; each is a container of the Job's pod. */
enum BuildStep {
  /** The base image says which libraries it has. */
  PROBE("looking at the base image"),
  /** rattler solves, records the exact packages and installs them. */
  CONDA("solving"),
  /** The base image runs the environment's own pip and compiles byte code. */
  FINISH("installing the pip section"),
  /** The builder packs the prefix and pushes the image. */
  PACK("packing");

  private final String activity;

  BuildStep(String activity) {
    this.activity = activity;
  }

  /** Name of the container. */
  String container() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What is being done while the step has said nothing yet. */
  String activity() {
    return activity;
  }
}
