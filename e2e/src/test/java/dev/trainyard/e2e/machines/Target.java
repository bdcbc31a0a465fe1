package dev.trainyard.e2e.machines;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.ComputeTarget;
import dev.trainyard.api.v1alpha1.ComputeTargetStatus;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.e2e.runs.Yard;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/** A ComputeTarget as a person sees it. A wait that times out tells what there is to see of it. */
final class Target {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final Yard yard;
  private final Resource<ComputeTarget> resource;

  Target(Yard yard, Resource<ComputeTarget> resource) {
    this.yard = yard;
    this.resource = resource;
  }

  ComputeTargetStatus status() {
    return resource.require().getStatus();
  }

  String reason() {
    ComputeTargetStatus status = status();
    return status == null ? "" : ready(status).getReason();
  }

  String message() {
    return ready(status()).getMessage();
  }

  /** The result of the check of that name: Passed, Failed or NotReached. */
  String check(String name) {
    return Objects.requireNonNullElse(status().checks(), List.<ComputeTargetStatus.Check>of())
        .stream()
        .filter(check -> check.name().equals(name))
        .map(ComputeTargetStatus.Check::result)
        .findFirst()
        .orElse("");
  }

  /** Waits until Ready has that reason, which says whether it is True. */
  void awaitReason(String reason) {
    try {
      Awaitility.await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(300))
          .until(() -> reason().equals(reason));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("The target never had the reason " + reason + ".\n" + report(), e);
    }
    assertThat(ready(status()).getStatus())
        .as(this::report)
        .isEqualTo(reason.equals("Ready") ? "True" : "False");
  }

  String report() {
    return Serialization.asYaml(status()) + "operator:\n" + yard.operator().logTail(25);
  }

  void delete() {
    resource.delete();
  }

  private static Condition ready(ComputeTargetStatus status) {
    return Run.condition(status.conditions(), "Ready");
  }
}
