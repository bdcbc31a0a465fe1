package dev.trainyard.operator.provider.local;

import io.fabric8.kubernetes.client.dsl.LogWatch;
import java.io.FilterInputStream;
import java.io.IOException;

/** A container's log as it comes; closing it ends the request. */
final class LogStream extends FilterInputStream {
  private final LogWatch watch;

  LogStream(LogWatch watch) {
    super(watch.getOutput());
    this.watch = watch;
  }

  @Override
  public void close() throws IOException {
    watch.close();
    super.close();
  }
}
