package dev.trainyard.operator.runconfiguration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trainyard.api.v1alpha1.Framework;
import dev.trainyard.api.v1alpha1.RunConfigurationSpec;
import dev.trainyard.api.v1alpha1.TrainingRunSpec;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver.InvalidConfigurationException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationResolverTest {
  private final ConfigurationResolver resolver = new ConfigurationResolver("default/base:1");

  @Test
  void anEmptyConfigurationIsAllDefaults() throws InvalidConfigurationException {
    EffectiveConfiguration effective = resolver.resolve(configuration("{}"));
    assertThat(effective.script()).isEmpty();
    assertThat(effective.arguments()).isEmpty();
    assertThat(effective.target()).isEqualTo("local");
    assertThat(effective.framework()).isEqualTo(Framework.PYTHON);
    assertThat(effective.nodeCount()).isEqualTo(1);
    assertThat(effective.userManaged()).isFalse();
    assertThat(effective.interpreter()).isEqualTo("python");
    assertThat(effective.baseImage()).isEqualTo("default/base:1");
    assertThat(effective.imageSecret()).isEmpty();
    assertThat(effective.shmBytes()).isEqualTo(2L << 30);
    assertThat(effective.deadlineSeconds()).isEmpty();
  }

  @Test
  void sparkPackagesBelongToTheEnvironmentsOfPySparkOnly() throws InvalidConfigurationException {
    String spark =
        "environment: {spark: {packages: [{group: g, artifact: b, version: '2'},"
            + " {group: g, artifact: a, version: '1'}], precachePackages: %s}}}";
    assertThat(
            resolver
                .resolve(configuration("{framework: PySpark, " + spark.formatted(true)))
                .conda()
                .sparkPackages())
        .containsExactly("g:a:1", "g:b:2");
    for (String other :
        List.of(
            "{framework: PySpark, " + spark.formatted(false),
            "{framework: Python, " + spark.formatted(true))) {
      assertThat(resolver.resolve(configuration(other)).conda().sparkPackages()).isEmpty();
    }
  }

  @Test
  void theRunsScriptArgumentsAndTargetComeFirst() throws InvalidConfigurationException {
    EffectiveConfiguration effective =
        resolver.resolve(
            configuration("{script: a.py, arguments: [--a], target: mydsvm}"),
            run("{script: b.py, arguments: [], computeTargetRef: {name: here}}"));
    assertThat(effective.script()).hasValue("b.py");
    assertThat(effective.arguments()).isEmpty();
    assertThat(effective.target()).isEqualTo("here");
  }

  @Test
  void whatTheRunDoesNotSayIsTheConfigurations() throws InvalidConfigurationException {
    EffectiveConfiguration effective =
        resolver.resolve(
            configuration("{script: a.py, arguments: [--a], target: mydsvm}"), run("{}"));
    assertThat(effective.script()).hasValue("a.py");
    assertThat(effective.arguments()).containsExactly("--a");
    assertThat(effective.target()).isEqualTo("mydsvm");
  }

  @Test
  void argumentsAreTheTextOfTheirScalars() throws InvalidConfigurationException {
    assertThat(
            resolver
                .resolve(configuration("{arguments: [--alpha, 0.5, 3, true, '', null, ünï]}"))
                .arguments())
        .containsExactly("--alpha", "0.5", "3", "true", "", "", "ünï");
  }

  @Test
  void anArgumentThatIsNoScalarIsNamedByItsPlace() {
    assertThatThrownBy(() -> resolver.resolve(configuration("{arguments: [a, {b: c}]}")))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("arguments[1] is a map");
  }

  @Test
  void bothPlacesOfVariablesCountAndTheOuterOneWins() throws InvalidConfigurationException {
    assertThat(
            resolver
                .resolve(
                    configuration(
                        """
                        environment: {environmentVariables: {A: inner, B: 2}}
                        environmentVariables: {A: outer, C: 'true'}
                        """))
                .environmentVariables())
        .containsEntry("A", "outer")
        .containsEntry("B", "2")
        .containsEntry("C", "true")
        .hasSize(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"LD_PRELOAD", "BASH_ENV", "BASH_FUNC_x", "1A", "A-B", "A B", ""})
  void aVariableThatCouldChangeHowProgramsLoadOrIsNoNameIsRefused(String name) {
    assertThatThrownBy(() ->
            resolver.resolve(configuration("environmentVariables: {'%s': x}".formatted(name))))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("'" + name + "'");
  }

  @ParameterizedTest
  @CsvSource({
    "2g, 2147483648",
    "2G, 2147483648",
    "512m, 536870912",
    "64k, 65536",
    "100b, 100",
    "100, 100",
    "0, 0"
  })
  void sizesOfSharedMemoryAreDockers(String text, long bytes) throws InvalidConfigurationException {
    assertThat(ConfigurationResolver.bytes(text)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"g", "2gi", "two", "-", "9999999999g", "1.5g"})
  void aSizeThatIsNoneIsQuoted(String text) {
    assertThatThrownBy(() -> ConfigurationResolver.bytes(text))
        .isInstanceOf(InvalidConfigurationException.class)
        .hasMessageContaining("environment.docker.shmSize is '" + text + "'");
  }

  @Test
  void theOlderBatchAiNodeCountCounts() throws InvalidConfigurationException {
    assertThat(resolver.resolve(configuration("{batchai: {nodeCount: 3}}")).nodeCount())
        .isEqualTo(3);
  }

  @Test
  void theSecretOfTheBaseImagesRegistryIsKept() throws InvalidConfigurationException {
    assertThat(
            resolver
                .resolve(
                    configuration(
                        "environment: {docker: {baseImageRegistry: {secretRef: {name: acr}}}}"))
                .imageSecret())
        .hasValue("acr");
  }

  @ParameterizedTest
  @CsvSource({"local, local, true", "mydsvm, my-dsvm, false"})
  void theSdksFilesResolve(String file, String target, boolean userManaged)
      throws InvalidConfigurationException, IOException {
    EffectiveConfiguration effective = resolver.resolve(configuration(sdkFile(file)));
    assertThat(effective.target()).isEqualTo(target);
    assertThat(effective.userManaged()).isEqualTo(userManaged);
    assertThat(effective.script()).isEmpty();
    assertThat(effective.environmentVariables()).containsEntry("EXAMPLE_ENV_VAR", "EXAMPLE_VALUE");
    assertThat(effective.deadlineSeconds()).isEmpty();
    assertThat(effective.imageSecret()).isEmpty();
  }

  static String sdkFile(String name) throws IOException {
    return Files.readString(
        Path.of("../e2e/src/test/resources/admission/valid", name + ".runconfig"));
  }

  static RunConfigurationSpec configuration(String yaml) {
    // A text that begins with a brace would be taken for JSON.
    return Serialization.unmarshal("---\n" + yaml, RunConfigurationSpec.class);
  }

  private static TrainingRunSpec run(String yaml) {
    return Serialization.unmarshal("---\n" + yaml, TrainingRunSpec.class);
  }
}
