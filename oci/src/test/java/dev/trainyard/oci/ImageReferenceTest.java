package dev.trainyard.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
  private static final String DIGEST = "sha256:" + "0".repeat(64);

  @ParameterizedTest
  @CsvSource({
    "python, docker.io/library/python:latest",
    "python:3.11, docker.io/library/python:3.11",
    "continuumio/miniconda3, docker.io/continuumio/miniconda3:latest",
    "docker.io/python, docker.io/library/python:latest",
    "index.docker.io/library/python, docker.io/library/python:latest",
    "mcr.microsoft.com/azureml/base:0.2.4, mcr.microsoft.com/azureml/base:0.2.4",
    "localhost/a, localhost/a:latest",
    "localhost:5000/a/b:c, localhost:5000/a/b:c",
    "registry:5000/a, registry:5000/a:latest",
    "Registry/a, Registry/a:latest",
    "[::1]:5000/a, '[::1]:5000/a:latest'",
    "10.0.0.1:5000/a__b/c-d.e, 10.0.0.1:5000/a__b/c-d.e:latest"
  })
  void shortFormsAreSpelledOutAsDockerDoes(String written, String full) {
    assertThat(ImageReference.parse(written)).hasToString(full);
  }

  @Test
  void aDigestCountsMoreThanATag() {
    ImageReference image = ImageReference.parse("registry.test/a:1@" + DIGEST);
    assertThat(image.version()).isEqualTo(DIGEST);
    assertThat(image).hasToString("registry.test/a:1@" + DIGEST);
  }

  @Test
  void aDigestAloneHasNoTag() {
    assertThat(ImageReference.parse("registry.test/a@" + DIGEST).tag()).isEmpty();
  }

  @Test
  void anImageCanBeHeldToADigest() {
    assertThat(ImageReference.parse("a:1").at(new Digest(DIGEST)))
        .hasToString("docker.io/library/a:1@" + DIGEST);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Upper",
        "a//b",
        "a:",
        "a:b:c",
        "a@sha256:12",
        "https://registry.test/a",
        "registry.test/a b",
        "evil .test/a",
        "user:secret@registry.test/a",
        "registry.test:port/a",
        "-registry.test/a",
        "registry.test/../a",
        "registry.test/a?x=y"
      })
  void whatIsNoReferenceIsRefused(String text) {
    assertThatThrownBy(() -> ImageReference.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not a");
  }

  @Test
  void aRepositoryLongerThanTheSpecificationAllowsIsRefused() {
    assertThatThrownBy(() -> ImageReference.parse("registry.test/" + "a".repeat(256)))
        .hasMessageContaining("is not a repository");
  }
}
