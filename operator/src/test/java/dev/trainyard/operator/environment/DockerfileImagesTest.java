package dev.trainyard.operator.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trainyard.oci.ImageReference;
import dev.trainyard.operator.environment.DependencyReader.InvalidDependenciesException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerfileImagesTest {

  @Test
  void imagesAreFoundAndStagesCommentsAndTextsAreNot() throws InvalidDependenciesException {
    String dockerfile =
        """
        # syntax=docker/dockerfile:1
        # FROM commented
        FROM --platform=linux/amd64 debian:12 AS Tools
        RUN psql -c "SELECT 1 \\
        FROM numbers"
        RUN <<EOF
        FROM document
        EOF
        from tools as more
        FROM scratch AS none
        FROM mcr.microsoft.com/azureml/base:0.2.4
        COPY --from=more /a /a
        """;
    assertThat(DockerfileImages.of(dockerfile))
        .containsExactly(
            ImageReference.parse("debian:12"),
            ImageReference.parse("mcr.microsoft.com/azureml/base:0.2.4"));
  }

  @ParameterizedTest
  @CsvSource({
    "ARG TAG, has no FROM, names no image after FROM",
    "FROM scratch, only scratch, names no image after FROM",
    "FROM debian:${TAG}, a variable, write the image itself in place of the variable",
    "FROM debian:a:b, no reference, has FROM debian:a:b"
  })
  void whatNamesNoImageIsToldWithWhatToWrite(String dockerfile, String why, String advice) {
    assertThatThrownBy(() -> DockerfileImages.of(dockerfile + "\n"))
        .as(why)
        .isInstanceOf(InvalidDependenciesException.class)
        .hasMessageContaining("environment.docker.baseDockerfile")
        .hasMessageContaining(advice);
  }

  @ParameterizedTest
  @CsvSource({
    "debian, debian",
    "docker.io/library/debian:12, debian:12",
    "docker.io/team/tools:latest, team/tools",
    "mcr.microsoft.com/azureml/base:0.2.4, mcr.microsoft.com/azureml/base:0.2.4"
  })
  void anImageHasTheNameThatBuildKitLooksFor(String written, String familiar) {
    assertThat(DockerfileImages.familiar(ImageReference.parse(written))).isEqualTo(familiar);
  }
}
