package dev.trainyard.operator.environment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trainyard.oci.Digest;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.operator.environment.DependencyReader.InvalidDependenciesException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DependenciesTest {
  private static final Digest BASE = Digest.of("base".getBytes(StandardCharsets.UTF_8));
  private static final String FILE =
      """
      # Environment of the article
      name: project_environment
      channels: [conda-forge, anaconda]
      dependencies:
      - python=3.11
      - scikit-learn
      - pip:
        - azureml-defaults
        - humanize==4.9.0
      """;

  private final DependencyReader reader = new DependencyReader(List.of("conda-forge"));

  @Test
  void theHashStaysTheSameFromVersionToVersion() throws InvalidDependenciesException {
    // Change these only together with EnvironmentIdentity.VERSION: every environment is built anew.
    assertThat(hash(FILE)).isEqualTo("4f20f54b3f79547a505788fb19223582");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{name: other, dependencies: [scikit-learn, python = 3.11, {pip: [azureml-defaults,"
            + " humanize==4.9.0]}], channels: [conda-forge, anaconda]}",
        "{channels: [conda-forge, anaconda, nodefaults], dependencies: [{pip: ['azureml-defaults "
            + " # tracking', humanize==4.9.0]}, ' Python=3.11 ', scikit-learn, scikit-learn]}",
      })
  void aNameACommentOrTheOrderOfKeysAndSpecsChangesNothing(String same)
      throws InvalidDependenciesException {
    assertThat(hash(same)).isEqualTo(hash(FILE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{channels: [anaconda, conda-forge], dependencies: [python=3.11, scikit-learn, {pip:"
            + " [azureml-defaults, humanize==4.9.0]}]}",
        "{channels: [conda-forge, anaconda], dependencies: [python=3.11, scikit-learn, {pip:"
            + " [humanize==4.9.0, azureml-defaults]}]}",
        "{channels: [conda-forge, anaconda], dependencies: [python=3.11, scikit-learn>=1, {pip:"
            + " [azureml-defaults, humanize==4.9.0]}]}",
        "{channels: [conda-forge, anaconda], dependencies: [python=3.11, scikit-learn,"
            + " azureml-defaults, humanize==4.9.0]}",
      })
  void theOrderOfChannelsAVersionOrTheSectionChangesIt(String other)
      throws InvalidDependenciesException {
    assertThat(hash(other)).isNotEqualTo(hash(FILE));
  }

  @Test
  void theBaseImageCountsByItsDigestAndNotByItsName() throws InvalidDependenciesException {
    Dependencies dependencies = reader.file("conda.yml", FILE);
    var one = ImageReference.parse("mcr.microsoft.com/azureml/base:0.2.4").at(BASE);
    var mirrored = ImageReference.parse("mirror.example.com/base:latest").at(BASE);
    assertThat(EnvironmentIdentity.spec(one, dependencies, List.of()).hash())
        .isEqualTo(EnvironmentIdentity.spec(mirrored, dependencies, List.of()).hash());
    Digest moved = Digest.of("moved".getBytes(StandardCharsets.UTF_8));
    assertThat(EnvironmentIdentity.spec(one, dependencies, List.of("g:a:1")).hash())
        .isNotEqualTo(EnvironmentIdentity.spec(one, dependencies, List.of()).hash());
    assertThat(EnvironmentIdentity.spec(one.at(moved), dependencies, List.of()).hash())
        .isNotEqualTo(EnvironmentIdentity.spec(one, dependencies, List.of()).hash());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "NumPy|numpy",
        "numpy >= 1.20 , < 2|numpy>=1.20,<2",
        "python = 3.11|python=3.11",
        "python   3.11.2   h0_cp311|python 3.11.2 h0_cp311",
        "conda-forge::numpy==1.26|conda-forge::numpy==1.26",
        "numpy[version='>=1.0, <2', build=py*]|numpy[version='>=1.0, <2', build=py*]",
        "scipy # for the solver|scipy",
      })
  void aMatchSpecIsWrittenInOneWay(String written, String normalised) {
    assertThat(Dependencies.spec(written)).isEqualTo(normalised);
  }

  @Test
  void pipWithoutPythonGetsPython() throws InvalidDependenciesException {
    assertThat(reader.file("c.yml", "dependencies: [{pip: [six]}]"))
        .isEqualTo(new Dependencies(List.of("conda-forge"), List.of("python"), List.of("six")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''|no dependencies",
        "[a, b]|no dependencies",
        "channels: [conda-forge]|name at least python",
        "dependencies: [{pip: [six]}, {conda: [a]}]|at most one map",
        "dependencies: [3.11]|write match specs",
        "dependencies: ['a: b: c|is not YAML",
        "{channels: ['https://user:secret@host/channel'], dependencies: [python]}|netrc",
        "{channels: ['https://conda.anaconda.org/t/token/private'], dependencies: [python]}|netrc",
      })
  void whatCannotBeReadIsToldWithWhatToDo(String text, String sentence) {
    assertThatThrownBy(() -> reader.file("conda.yml", text))
        .isInstanceOf(InvalidDependenciesException.class)
        .hasMessageContaining("conda.yml")
        .hasMessageContaining(sentence)
        .hasMessageNotContaining("secret")
        .hasMessageEndingWith(".");
  }

  @Test
  void aFileThatIsNoYamlIsToldWithItsLine() {
    assertThatThrownBy(() -> reader.file("conda.yml", "channels: [a]\ndependencies: {a\n"))
        .hasMessage(
            "conda.yml is not YAML: while parsing a flow mapping, expected ',' or '}', but got"
                + " <stream end>, in line 3.");
  }

  private String hash(String text) throws InvalidDependenciesException {
    return EnvironmentIdentity.hash(BASE, reader.file("conda.yml", text), List.of(), List.of());
  }
}
