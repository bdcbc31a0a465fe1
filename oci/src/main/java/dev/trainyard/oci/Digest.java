package dev.trainyard.oci;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * A content digest of the OCI image specification: {@code sha256:} and 64 hexadecimal digits.
 *
 * @throws IllegalArgumentException when the text is not of that form
 */
public record Digest(String text) {
  private static final Pattern FORM = Pattern.compile("sha256:[0-9a-f]{64}");

  public Digest {
    if (!FORM.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a digest: sha256: and 64 hexadecimal digits are expected");
    }
  }

  /** The digest of some bytes. */
  public static Digest of(byte[] bytes) {
    return of(sha256().digest(bytes), 0);
  }

  /** The digest that a finished computation gave. */
  public static Digest of(MessageDigest computation) {
    return of(computation.digest(), 0);
  }

  private static Digest of(byte[] hash, int offset) {
    return new Digest("sha256:" + HexFormat.of().formatHex(hash, offset, hash.length));
  }

  /** A computation of the algorithm that digests are made with. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The hexadecimal digits alone. */
  public String hex() {
    return text.substring("sha256:".length());
  }

  @Override
  public String toString() {
    return text;
  }
}
