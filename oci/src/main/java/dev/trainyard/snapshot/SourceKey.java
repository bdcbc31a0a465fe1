package dev.trainyard.snapshot;

import dev.trainyard.oci.Digest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/**
 * Names where content that never changes came from, such as a directory of a commit, so that its
 * snapshot is found without fetching it again.
 *
 * @param tag the tag that the snapshot has in its repository: {@code source-} and a digest
 */
public record SourceKey(String tag) {
  /** Counted up when the same source is packed in another way. */
  private static final String PACKING = "1";

  /** The key of the parts that name the source. */
  public static SourceKey of(String... parts) {
    MessageDigest digest = Digest.sha256();
    add(digest, PACKING);
    for (String part : parts) {
      add(digest, part);
    }
    return new SourceKey("source-" + Digest.of(digest).hex());
  }

  /** With its length in front, so that no two lists of parts read the same. */
  private static void add(MessageDigest digest, String part) {
    byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
    digest.update(bytes);
  }
}
