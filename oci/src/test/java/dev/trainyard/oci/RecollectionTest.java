package dev.trainyard.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.atomic.AtomicInteger;
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
  void anAnswerForOneRepositoryIsNoneForAnother() throws RegistryException {
    assertThat(questionsForText(REPOSITORY)).isOne();
    assertThat(questionsForText(REPOSITORY)).isZero();
    var other = new Repository("registry.example.com", "trainyard/other", Credentials.NONE);
    assertThat(questionsForText(other)).isOne();
  }

  @Test
  void credentialsThatWereReadAgainAreTheSameAndOthersAreNot() throws RegistryException {
    assertThat(questionsForText(with("user:first"))).isOne();
    assertThat(questionsForText(with("user:first"))).isZero();
    assertThat(questionsForText(with("user:second"))).isOne();
    recollection.forget(REPOSITORY);
    assertThat(questionsForText(with("user:first"))).as("forgotten for all").isOne();
  }

  @Test
  void aRepositoryFromWhichSomethingIsDeletedIsForgottenAsAWhole() throws RegistryException {
    assertThat(questionsForText(REPOSITORY)).isOne();
    recollection.foundBlob(REPOSITORY, digest("seen"));
    recollection.forget(REPOSITORY);
    assertThat(questionsForText(REPOSITORY)).isOne();
    assertThat(recollection.hasBlob(REPOSITORY, digest("seen"))).isFalse();
  }

  @Test
  void largeContentIsAskedForEachTime() throws RegistryException {
    byte[] large = new byte[1 << 20];
    assertThat(questions(REPOSITORY, large)).isOne();
    assertThat(questions(REPOSITORY, large)).isOne();
  }

  private int questionsForText(Repository repository) throws RegistryException {
    return questions(repository, bytes("text"));
  }

  /** How often the registry is asked for a blob. */
  private int questions(Repository repository, byte[] content) throws RegistryException {
    var asked = new AtomicInteger();
    byte[] found =
        recollection.blob(
            repository,
            Digest.of(content),
            () -> {
              asked.incrementAndGet();
              return content;
            });
    assertThat(found).isEqualTo(content);
    return asked.get();
  }

  private static Repository with(String userAndPassword) {
    String auth = Base64.getEncoder().encodeToString(bytes(userAndPassword));
    return new Repository(
        REPOSITORY.registry(),
        REPOSITORY.name(),
        Credentials.fromDockerConfig(
            bytes("{\"auths\": {\"registry.example.com\": {\"auth\": \"" + auth + "\"}}}")));
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
