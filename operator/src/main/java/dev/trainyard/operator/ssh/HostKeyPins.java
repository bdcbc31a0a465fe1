package dev.trainyard.operator.ssh;

import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.List;
import java.util.Optional;
import org.apache.sshd.client.config.hosts.KnownHostEntry;
import org.apache.sshd.common.config.keys.KeyUtils;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;

/**
 * The host keys that are accepted.
 *
 * @param knownHosts lines in known_hosts format
 * @param fingerprint {@code SHA256:} and the digest of the one key
 */
public record HostKeyPins(Optional<String> knownHosts, Optional<String> fingerprint) {

  /** What is to be thought of a key. */
  public enum Verdict {
    /** It is one of the pinned ones. */
    PINNED,
    /** Others are pinned. */
    OTHER_KEY_PINNED,
    /** None is pinned for this host. */
    NOT_PINNED
  }

  /** Compares the key that a host showed with the pinned ones; a revoked key is never accepted. */
  public Verdict judge(String address, int port, PublicKey key) {
    if (fingerprint.isPresent()) {
      return fingerprint.get().equals(fingerprint(key)) ? Verdict.PINNED : Verdict.OTHER_KEY_PINNED;
    }
    Verdict verdict = Verdict.NOT_PINNED;
    for (KnownHostEntry entry : entries()) {
      if (!entry.isHostMatch(address, port) || "cert-authority".equals(entry.getMarker())) {
        continue;
      }
      boolean same = KeyUtils.compareKeys(key(entry), key);
      if ("revoked".equals(entry.getMarker())) {
        if (same) {
          return Verdict.OTHER_KEY_PINNED;
        }
      } else if (same) {
        verdict = Verdict.PINNED;
      } else if (verdict == Verdict.NOT_PINNED) {
        verdict = Verdict.OTHER_KEY_PINNED;
      }
    }
    return verdict;
  }

  /** The fingerprint of a key as {@code ssh-keygen -l} prints it. */
  public static String fingerprint(PublicKey key) {
    return KeyUtils.getFingerPrint(key);
  }

  private List<KnownHostEntry> entries() {
    if (knownHosts.isEmpty()) {
      return List.of();
    }
    try {
      return KnownHostEntry.readKnownHostEntries(new StringReader(knownHosts.get()), true);
    } catch (IOException | IllegalArgumentException e) {
      return List.of();
    }
  }

  private static @org.jspecify.annotations.Nullable PublicKey key(KnownHostEntry entry) {
    try {
      return entry.getKeyEntry().resolvePublicKey(null, PublicKeyEntryResolver.IGNORING);
    } catch (IOException | GeneralSecurityException e) {
      return null;
    }
  }
}
