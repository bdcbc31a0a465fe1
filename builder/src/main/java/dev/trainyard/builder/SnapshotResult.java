package dev.trainyard.builder;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.snapshot.Snapshot;
import dev.trainyard.snapshot.SourceException;
import java.nio.charset.StandardCharsets;

/**
 * How a snapshot Job ended, as JSON in the termination message, where the operator reads it: {@code
 * {"ok": true, "digest", "commit", "files", "pushedBytes"}} or {@code {"ok": false, "reason",
 * "message"}}. The reason is one of the run's condition SnapshotReady.
 */
record SnapshotResult(ObjectNode content, int exitCode) {
  private static final int USER_ERROR = 3;
  private static final int PASSING = 4;

  /** The kubelet cuts a termination message at 4096 bytes, and half a JSON object says nothing. */
  private static final int LARGEST = 4_096;

  private static final ObjectMapper JSON = new ObjectMapper();

  static SnapshotResult of(Snapshot snapshot, String commit) {
    ObjectNode content =
        JSON.createObjectNode()
            .put("ok", true)
            .put("digest", snapshot.digest().text())
            .put("commit", commit)
            .put("files", snapshot.files())
            .put("pushedBytes", snapshot.pushedBytes());
    return new SnapshotResult(content, 0);
  }

  static SnapshotResult of(SourceException e) {
    int code = e.reason().passing() ? PASSING : USER_ERROR;
    return failed(e.reason().toString(), String.valueOf(e.getMessage()), code);
  }

  static SnapshotResult of(RegistryException e) {
    SourceException.Reason reason =
        switch (e.kind()) {
          case UNREACHABLE, NOT_FOUND -> SourceException.Reason.REGISTRY_UNREACHABLE;
          case UNAUTHORIZED -> SourceException.Reason.REGISTRY_UNAUTHORIZED;
          case REJECTED, INVALID -> SourceException.Reason.REGISTRY_REJECTED;
        };
    return failed(reason.toString(), e.getMessage() + ".", PASSING);
  }

  /** What nobody foresaw, such as a full disk. */
  static SnapshotResult of(Exception e) {
    return failed("SnapshotJobFailed", "Packing the source did not work: " + e + ".", PASSING);
  }

  private static SnapshotResult failed(String reason, String message, int code) {
    String text = message;
    while (true) {
      ObjectNode content =
          JSON.createObjectNode().put("ok", false).put("reason", reason).put("message", text);
      var result = new SnapshotResult(content, code);
      if (result.json().length <= LARGEST) {
        return result;
      }
      text = text.substring(0, text.length() * 3 / 4) + "...";
    }
  }

  byte[] json() {
    try {
      return JSON.writeValueAsString(content).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("text and numbers can be written", e);
    }
  }

  @Override
  public String toString() {
    return content.toString();
  }
}
