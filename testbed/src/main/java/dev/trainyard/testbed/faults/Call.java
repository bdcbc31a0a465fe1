package dev.trainyard.testbed.faults;

import java.util.Set;

/**
 * One request on its way to a server.
 *
 * @param server name of the server, such as {@code kubernetes} or {@code registry}
 * @param target path with query
 */
public record Call(String server, String method, String target) {
  private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");

  /** Whether it may change something. */
  public boolean isWrite() {
    return !READING.contains(method);
  }

  /** Whether it opens a watch. */
  public boolean isWatch() {
    return target.contains("watch=true");
  }

  @Override
  public String toString() {
    int query = target.indexOf('?');
    return server + " " + method + " " + (query < 0 ? target : target.substring(0, query));
  }
}
