package dev.trainyard.e2e.admission;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is right is accepted with strict field validation, and comes back whole. */
@Execution(ExecutionMode.SAME_THREAD)
@ExtendWith(AdmissionExtension.class)
class ValidManifestsIT {
  private final Admission admission;

  ValidManifestsIT(Admission admission) {
    this.admission = admission;
  }

  static List<Manifest> valid() {
    return Manifest.in("valid");
  }

  static List<Path> runconfigs() {
    return Manifest.runconfigs();
  }

  static List<Manifest> mutable() {
    return Manifest.in("mutable");
  }

  @ParameterizedTest
  @MethodSource("valid")
  void isStoredWhole(Manifest manifest) {
    manifest.documents().forEach(this::assertStoredWhole);
  }

  @ParameterizedTest
  @MethodSource("mutable")
  void canBeChanged(Manifest manifest) {
    JsonNode stored = admission.create(manifest.documents().getFirst());
    JsonNode change = manifest.documents().getLast();
    assertThat(Admission.refusal(() -> admission.updateDryRun(stored, change))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("runconfigs")
  void runconfigOfTheSdkIsStoredWhole(Path runconfig) throws IOException {
    assertStoredWhole(Manifest.wrapped(runconfig));
  }

  @ParameterizedTest
  @MethodSource("runconfigs")
  void runconfigOfTheSdkInARunIsStoredWhole(Path runconfig) throws IOException {
    assertStoredWhole(Manifest.inlined(runconfig));
  }

  private void assertStoredWhole(JsonNode manifest) {
    JsonNode stored = admission.create(manifest);
    assertThat(lost("spec", manifest.get("spec"), stored.path("spec"))).isEmpty();
    assertThat(Admission.refusal(() -> admission.updateDryRun(stored, manifest)))
        .as("applied a second time")
        .isEmpty();
  }

  /** Paths of the values of {@code given} that {@code stored} has not, nulls left out. */
  private static List<String> lost(String path, JsonNode given, JsonNode stored) {
    var lost = new ArrayList<String>();
    if (given.isObject()) {
      given
          .properties()
          .forEach(field ->
              lost.addAll(
                  lost(
                      path + "." + field.getKey(), field.getValue(), stored.path(field.getKey()))));
    } else if (given.isArray() && given.size() == stored.size()) {
      for (int i = 0; i < given.size(); i++) {
        lost.addAll(lost(path + "[" + i + "]", given.get(i), stored.path(i)));
      }
    } else if (!given.isNull() && !given.equals(stored)) {
      lost.add(path + ": " + given + " became " + stored);
    }
    if (given.isObject() && stored.isMissingNode()) {
      lost.add(path + " is missing");
    }
    return lost;
  }
}
