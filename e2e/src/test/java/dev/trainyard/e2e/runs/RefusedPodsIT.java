package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What keeps a pod from being made or begun, named as its own reason, and gone on from. */
@ExtendWith(YardExtension.class)
class RefusedPodsIT {
  private final Yard yard;

  RefusedPodsIT(Yard yard) {
    this.yard = yard;
  }

  @Test
  void aPolicyThatRefusesThePodIsQuoted() {
    Yard.withNamespace(
        "policy",
        own -> {
          String policy = own.namespace() + "-no-training";
          own.apply(
              """
              apiVersion: admissionregistration.k8s.io/v1
              kind: ValidatingAdmissionPolicy
              metadata: {name: %1$s}
              spec:
                failurePolicy: Fail
                matchConstraints:
                  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %2$s}}
                  resourceRules:
                  - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
                validations:
                - {expression: "false", message: "no training on Fridays"}
              ---
              apiVersion: admissionregistration.k8s.io/v1
              kind: ValidatingAdmissionPolicyBinding
              metadata: {name: %1$s}
              spec: {policyName: %1$s, validationActions: [Deny]}
              """
                  .formatted(policy, own.namespace()));
          try {
            Run run = own.runOf("refused", "print(1)");
            run.awaitReason("AdmissionDenied");
            assertThat(run.message()).contains("no training on Fridays");
            assertThat(run.status().phase()).isEqualTo(RunPhase.QUEUED);
            run.cancel();
            run.awaitEnd(RunPhase.CANCELED);
          } finally {
            own.client()
                .admissionRegistration()
                .v1()
                .validatingAdmissionPolicyBindings()
                .withName(policy)
                .delete();
            own.client()
                .admissionRegistration()
                .v1()
                .validatingAdmissionPolicies()
                .withName(policy)
                .delete();
          }
        });
  }

  /** A pod of ours passes every level; one that somebody adds to may not. */
  @Test
  void aPodThatAnInjectorAddsTooMuchToIsRefusedByPodSecurityAndGoesOnOnceItDoesNot() {
    Yard.withNamespace(
        "injected",
        own -> {
          Run run;
          try (var injector =
              new PodInjector(
                  own, "[{\"op\":\"add\",\"path\":\"/spec/hostPID\",\"value\":true}]")) {
            run = own.runOf("refused", "print('at last')");
            run.awaitReason("PodSecurityViolated");
            assertThat(run.message()).contains("hostPID", "restricted");
            assertThat(run.status().phase()).isEqualTo(RunPhase.QUEUED);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
          assertThat(run.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("at last");
        });
  }

  @Test
  void aLimitRangeThatAllowsLessIsNamed() {
    Yard.withNamespace(
        "limits",
        own -> {
          own.apply(
              """
              apiVersion: v1
              kind: LimitRange
              metadata: {name: small}
              spec: {limits: [{type: Container, max: {memory: 300Mi}}]}
              """);
          Run run = own.runOf("refused", "print(1)", "resources: {memory: 400Mi}");
          run.awaitReason("LimitRangeViolated");
          assertThat(run.message()).contains("300Mi", "spec.resources");
        });
  }

  @Test
  void aRunImageThatTheNodeCannotPullIsNamed() {
    String node = yard.client().nodes().list().getItems().getFirst().getMetadata().getName();
    String label = "trainyard.test/" + yard.namespace();
    yard.apply(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: labeled}
        spec: {type: local, local: {nodeSelector: {%s: "yes"}}}
        """
            .formatted(label));
    Run run = yard.runOf("pull", "print(1)", "computeTargetRef: {name: labeled}");
    run.awaitReason("Unschedulable");
    assertThat(run.message()).contains("nodeSelector");
    String image = Objects.requireNonNull(run.status().image());
    new StoredHistory(yard)
        .delete("trainyard/" + yard.namespace(), image.substring(image.indexOf('@') + 1));
    label(node, label, "\"yes\"");
    try {
      run.awaitReason("ImagePullFailed");
      assertThat(run.message()).contains(image);
      run.cancel();
      run.awaitEnd(RunPhase.CANCELED);
    } finally {
      label(node, label, "null");
    }
  }

  /** The kubelet writes to its node all the time, so that only the label is sent. */
  private void label(String node, String label, String value) {
    yard.client()
        .nodes()
        .withName(node)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\": {\"labels\": {\"%s\": %s}}}".formatted(label, value));
  }
}
