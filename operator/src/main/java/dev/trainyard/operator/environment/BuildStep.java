package dev.trainyard.operator.environment;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/** The parts of a build, in order; each is a container of the Job's pod. */
enum BuildStep {
  /** The base image says which libraries it has. */
  PROBE("looking at the base image"),
  /** rattler solves, records the exact packages and installs them. */
  CONDA("solving"),
  /** The base image runs the environment's own pip and compiles byte code. */
  FINISH("installing the pip section"),
  /** The builder packs the prefix and pushes the image. */
  PACK("packing"),
  /** The builder fetches the directory of the source that a Dockerfile copies from. */
  CONTEXT("fetching the build context"),
  /** BuildKit executes a Dockerfile and pushes the image. */
  DOCKERFILE("starting BuildKit");

  private final String activity;

  BuildStep(String activity) {
    this.activity = activity;
  }

  /** The steps that a pod has containers for, given the names of these. */
  static List<BuildStep> among(Stream<String> containers) {
    List<String> names = containers.toList();
    return Stream.of(values()).filter(step -> names.contains(step.container())).toList();
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
