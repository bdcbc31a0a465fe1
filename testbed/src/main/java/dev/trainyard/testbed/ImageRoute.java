package dev.trainyard.testbed;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/** How images that were built here get to the nodes of a cluster. */
public sealed interface ImageRoute {

  /**
   * They are pushed to a registry, and nodes pull them from it.
   *
   * @param push host and path that builds push to
   * @param pull the same as nodes name it
   * @param plainHttp whether builds speak plain http to it
   * @param javaBase image with a Java runtime to build on; empty: the public one
   */
  record Registry(String push, String pull, boolean plainHttp, Optional<String> javaBase)
      implements ImageRoute {}

  /** They are written to archives, which are loaded into the nodes. */
  record Archives(Loader loader) implements ImageRoute {}

  /** Loads an image archive of Docker's format into the nodes. */
  @FunctionalInterface
  interface Loader {
    void load(Path archive) throws IOException, InterruptedException;
  }
}
