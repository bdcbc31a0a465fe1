package dev.trainyard.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class RecollectionTest {
  private static final Repository REPOSITORY =
      new Repository("registry.example.com", "trainyard/ml", Credentials.NONE);

  private final AtomicLong now = new AtomicLong();
  private final Recollection recollection = new Recollection(Duration.ofSeconds(3), now::get);

  @Test
  void whatWasSeenCountsUntilItsTimeIsOver() {
    recollection.foundBlob(REPOSITORY, digest("seen"));
    pass(Duration.ofMillis(2_999));
    assertThat(recollection.hasBlob(REPOSITORY, digest("seen"))).isTrue();
    pass(Duration.ofMillis(1));
    assertThat(recollection.hasBlob(REPOSITORY, digest("seen"))).isFalse();
  }

  @Test
  void anAnswerForOneRepositoryIsNoneForAnother() {
    recollection.blob(REPOSITORY, digest("text"), bytes("text"));
    assertThat(recollection.blob(REPOSITORY, digest("text"))).hasValue(bytes("text"));
    var other = new Repository("registry.example.com", "trainyard/other", Credentials.NONE);
    assertThat(recollection.blob(other, digest("text"))).isEmpty();
  }

  @Test
  void aRepositoryFromWhichSomethingIsDeletedIsForgottenAsAWhole() {
    recollection.blob(REPOSITORY, digest("text"), bytes("text"));
    recollection.foundBlob(REPOSITORY, digest("seen"));
    recollection.forget(REPOSITORY);
    assertThat(recollection.blob(REPOSITORY, digest("text"))).isEmpty();
    assertThat(recollection.hasBlob(REPOSITORY, digest("seen"))).isFalse();
  }

  @Test
  void largeContentIsAskedForEachTime() {
    byte[] large = new byte[1 << 20];
    recollection.blob(REPOSITORY, Digest.of(large), large);
    assertThat(recollection.blob(REPOSITORY, Digest.of(large))).isEmpty();
  }

  private void pass(Duration time) {
    now.addAndGet(time.toNanos());
  }

  private static Digest digest(String content) {
    return Digest.of(bytes(content));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
