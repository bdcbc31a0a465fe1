package dev.trainyard.operator.ssh;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.operator.ssh.HostKeyPins.Verdict;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.util.Optional;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class HostKeyPinsTest {
  private static PublicKey key;
  private static PublicKey other;

  @BeforeAll
  static void makeKeys() throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    key = generator.generateKeyPair().getPublic();
    other = generator.generateKeyPair().getPublic();
  }

  @Test
  void withoutAnyPinNoKeyIsAccepted() {
    assertThat(new HostKeyPins(Optional.empty(), Optional.empty()).judge("m", 22, key))
        .isEqualTo(Verdict.NOT_PINNED);
  }

  @Test
  void theFingerprintPinsOneKey() {
    var pins = new HostKeyPins(Optional.empty(), Optional.of(HostKeyPins.fingerprint(key)));

    assertThat(pins.judge("m", 22, key)).isEqualTo(Verdict.PINNED);
    assertThat(pins.judge("m", 22, other)).isEqualTo(Verdict.OTHER_KEY_PINNED);
  }

  @Test
  void aLineCountsForItsHostAndPortOnly() {
    var pins = known("[m.example.com]:2222 " + PublicKeyEntry.toString(key));

    assertThat(pins.judge("m.example.com", 2222, key)).isEqualTo(Verdict.PINNED);
    assertThat(pins.judge("m.example.com", 2222, other)).isEqualTo(Verdict.OTHER_KEY_PINNED);
    assertThat(pins.judge("m.example.com", 22, key)).isEqualTo(Verdict.NOT_PINNED);
    assertThat(pins.judge("n.example.com", 2222, key)).isEqualTo(Verdict.NOT_PINNED);
  }

  @Test
  void oneOfSeveralLinesIsEnough() {
    var pins = known("m " + PublicKeyEntry.toString(other) + "\nm " + PublicKeyEntry.toString(key));

    assertThat(pins.judge("m", 22, key)).isEqualTo(Verdict.PINNED);
  }

  @Test
  void aRevokedKeyIsRefusedThoughAnotherLineHasIt() {
    String line = "m " + PublicKeyEntry.toString(key);

    assertThat(known(line + "\n@revoked " + line).judge("m", 22, key))
        .isEqualTo(Verdict.OTHER_KEY_PINNED);
  }

  @Test
  void linesThatCannotBeReadPinNothing() {
    assertThat(known("m ssh-ed25519 AAAA\nnonsense").judge("m", 22, key))
        .isNotEqualTo(Verdict.PINNED);
  }

  private static HostKeyPins known(String lines) {
    return new HostKeyPins(Optional.of(lines), Optional.empty());
  }
}
