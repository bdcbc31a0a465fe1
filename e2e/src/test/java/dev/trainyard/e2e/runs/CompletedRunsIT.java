package dev.trainyard.e2e.runs;

import static java.util.concurrent.TimeUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a script and its author meet when all is well. */
@ExtendWith(YardExtension.class)
class CompletedRunsIT {
  private final Yard yard;

  CompletedRunsIT(Yard yard) {
    this.yard = yard;
  }

  @Test
  void aScriptRunsToItsEndAndLeavesMetricsExitCodeAndItsLastLines() {
    Run run =
        yard.runOf(
            "hello",
            """
            for step in range(30):
                print("step", step)
            print("Attempted to log scalar metric mse:")
            print(2981.5)
            """);
    TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
    assertThat(status.exitCode()).isZero();
    assertThat(status.metrics()).containsExactlyEntriesOf(Map.of("mse", "2981.5"));
    assertThat(status.lastLog()).contains("step 29").endsWith("2981.5").doesNotContain("step 1\n");
    assertThat(status.startTime()).isNotNull();
    assertThat(status.endTime()).isNotNull();
    assertThat(run.attempts())
        .singleElement()
        .satisfies(attempt -> {
          assertThat(attempt.exitCode()).isZero();
          assertThat(attempt.reason()).isEqualTo("Completed");
          assertThat(attempt.backendId()).isEqualTo(run.jobs().getFirst().getMetadata().getName());
        });
    assertThat(status.conditions())
        .extracting(Condition::getType, Condition::getStatus)
        .contains(tuple("Ready", "True"), tuple("Finished", "True"))
        .doesNotContain(tuple("Reconciling", "True"));
    assertThat(run.eventReasons()).contains("Completed").doesNotHaveDuplicates();
  }

  @Test
  void argumentsAndVariablesArriveAsTheyWereWritten() {
    yard.source(
        "words",
        "train.py",
        """
        import json, os, sys
        print(json.dumps(sys.argv[1:], ensure_ascii=False))
        names = ("DOLLARS", "EMPTY", "NUMBER", "QUOTED", "TRUTH")
        print(json.dumps([os.environ[name] for name in names], ensure_ascii=False))
        """);
    Run run =
        yard.run(
            "words",
            """
            source: {configMap: {name: words}}
            runConfiguration:
              script: train.py
              arguments: [--alpha, 0.5, "it's \\"quoted\\"", "$(HOME) $$(HOME) $HOME $", "ünï 学習", "", "a\\nb", "`id`"]
              environment:
                environmentVariables: {DOLLARS: "$(HOME) $$(HOME) $", EMPTY: "", NUMBER: 3}
                python: {userManagedDependencies: true}
              environmentVariables: {QUOTED: "it's \\"ünï\\"", TRUTH: "true"}
            """);
    assertThat(run.awaitEnd(RunPhase.COMPLETED).lastLog())
        .isEqualTo(
            """
            ["--alpha", "0.5", "it's \\"quoted\\"", "$(HOME) $$(HOME) $HOME $", "ünï 学習", "", "a\\nb", "`id`"]
            ["$(HOME) $$(HOME) $", "", "3", "it's \\"ünï\\"", "true"]\
            """
                .strip());
  }

  @Test
  void theScriptFindsItsDirectoryItsHomeAndTheNamesOfTheRun() {
    Run run =
        yard.runOf(
            "place",
            """
            import os
            print(os.getcwd(), os.listdir("."))
            os.makedirs("outputs")
            open(os.path.expanduser("~/cache"), "w").close()
            print(os.environ["AZUREML_RUN_ID"], os.environ["TRAINYARD_RUN_NAME"])
            print(os.getuid(), os.path.exists("/var/run/secrets/kubernetes.io"))
            """);
    assertThat(run.awaitEnd(RunPhase.COMPLETED).lastLog())
        .isEqualTo("/azureml-run ['train.py']\n%s place\n1000 False".formatted(run.uid()));
  }

  @Test
  void theRunsResourcesGoBeforeTheTargets() {
    yard.apply(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: small}
        spec:
          type: local
          local:
            resources: {cpu: 100m, memory: 64Mi}
            nodeSelector: {kubernetes.io/os: linux}
            tolerations: [{key: dedicated, operator: Equal, value: training, effect: NoSchedule}]
        """);
    Run run =
        yard.runOf(
            "resources",
            """
            import os
            print(os.statvfs("/dev/shm").f_blocks * os.statvfs("/dev/shm").f_frsize)
            """,
            """
            computeTargetRef: {name: small}
            resources: {memory: 96Mi}
            """);
    assertThat(run.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo(Integer.toString(16 << 20));
    Pod pod = run.trainingPod();
    assertThat(pod.getSpec().getContainers().getFirst().getResources().getLimits())
        .containsEntry("cpu", new Quantity("100m"))
        .containsEntry("memory", new Quantity("96Mi"));
    assertThat(pod.getSpec().getNodeSelector()).containsEntry("kubernetes.io/os", "linux");
    assertThat(pod.getSpec().getTolerations())
        .anySatisfy(toleration -> assertThat(toleration.getValue()).isEqualTo("training"));
    assertThat(run.status().target()).isEqualTo("small");
  }

  @Test
  void theScriptReadsASecretAndWritesToAClaimThatTheTargetMounts() {
    String volume = yard.namespace() + "-data";
    yard.apply(
        """
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: %1$s}
        spec:
          capacity: {storage: 1Mi}
          accessModes: [ReadWriteOnce]
          storageClassName: %1$s
          hostPath: {path: /tmp}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: data}
        spec:
          accessModes: [ReadWriteOnce]
          storageClassName: %1$s
          resources: {requests: {storage: 1Mi}}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: token}
        stringData: {token: s3cret}
        ---
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: with-volumes}
        spec:
          type: local
          local:
            volumes:
            - {name: token, mountPath: /mnt/token, secret: token}
            - {name: data, mountPath: /mnt/data, persistentVolumeClaim: data}
        """
            .formatted(volume));
    // The scheduler may look minutes later at a pod that came before its claim was bound.
    yard.client()
        .persistentVolumeClaims()
        .inNamespace(yard.namespace())
        .withName("data")
        .waitUntilCondition(claim -> "Bound".equals(claim.getStatus().getPhase()), 1, MINUTES);
    Run run =
        yard.runOf(
            "volumes",
            """
            import os, tempfile
            print(len(open("/mnt/token/token").read()))
            with tempfile.NamedTemporaryFile(dir="/mnt/data") as file:
                print(file.write(b"model"))
            """,
            "computeTargetRef: {name: with-volumes}");
    try {
      assertThat(run.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("6\n5");
    } finally {
      yard.client().persistentVolumes().withName(volume).delete();
    }
  }

  @Test
  void anUnchangedSourceIsNotPushedAgainAndAChangedOnePushesOnlyItself() {
    Run first = yard.runOf("push", "print(1)");
    first.awaitEnd(RunPhase.COMPLETED);
    Run same =
        yard.run(
            "push-again",
            """
            script: train.py
            source: {configMap: {name: push}}
            runConfiguration: {environment: {python: {userManagedDependencies: true}}}
            """);
    same.awaitEnd(RunPhase.COMPLETED);
    Run changed = yard.runOf("push-changed", "print(2)");
    changed.awaitEnd(RunPhase.COMPLETED);
    assertThat(first.snapshot().pushedBytes()).isPositive();
    assertThat(same.snapshot().pushedBytes()).isZero();
    assertThat(same.snapshot().digest()).isEqualTo(first.snapshot().digest());
    assertThat(same.status().image()).isEqualTo(first.status().image());
    assertThat(changed.snapshot().pushedBytes()).isBetween(1L, 2_000L);
    assertThat(changed.status().environment()).isEqualTo(first.status().environment());
    assertThat(changed.status().image()).isNotEqualTo(first.status().image());
  }
}
