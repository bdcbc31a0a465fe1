package dev.trainyard.e2e.admission;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every manifest that breaks a rule is refused with the sentence of that rule, and no other. */
@Execution(ExecutionMode.SAME_THREAD)
@ExtendWith(AdmissionExtension.class)
class InvalidManifestsIT {
  private final Admission admission;

  InvalidManifestsIT(Admission admission) {
    this.admission = admission;
  }

  static List<Manifest> invalid() {
    return Manifest.in("invalid");
  }

  static List<Manifest> immutable() {
    return Manifest.in("immutable");
  }

  @ParameterizedTest
  @MethodSource("invalid")
  void isRefusedWithTheSentenceOfItsRule(Manifest manifest) {
    assertRefused(
        manifest, Admission.refusal(() -> admission.createDryRun(manifest.documents().getFirst())));
  }

  @ParameterizedTest
  @MethodSource("immutable")
  void cannotBeChanged(Manifest manifest) {
    var stored = admission.create(manifest.documents().getFirst());
    assertRefused(
        manifest,
        Admission.refusal(() -> admission.updateDryRun(stored, manifest.documents().getLast())));
  }

  private static void assertRefused(Manifest manifest, Optional<List<String>> refusal) {
    assertThat(refusal).as("%s is accepted", manifest).isPresent();
    List<String> causes = refusal.orElseThrow();
    assertThat(String.join("\n", causes)).contains(manifest.expectations());
    assertThat(causes).as("one rule each").hasSizeLessThanOrEqualTo(manifest.expectations().size());
  }
}
