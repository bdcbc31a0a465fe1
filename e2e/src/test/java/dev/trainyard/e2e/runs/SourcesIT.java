package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.Artifact;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Sources that are on a volume or in a registry. */
@ExtendWith(YardExtension.class)
class SourcesIT {
  private final Yard yard;
  private final StoredHistory history;

  SourcesIT(Yard yard) {
    this.yard = yard;
    this.history = new StoredHistory(yard);
  }

  @Test
  void aDirectoryOfAVolumeIsSentAndItsCollectedDirectoriesAreThereWhenTheScriptStarts() {
    String volume = yard.namespace() + "-notebooks";
    volume(volume);
    try {
      yard.runOf("author", AUTHOR, "computeTargetRef: {name: notebooks}")
          .awaitEnd(RunPhase.COMPLETED);
      Run run =
          yard.run(
              "from-volume",
              """
              script: train.py
              source: {persistentVolumeClaim: {claimName: notebooks, path: %s/project}}
              runConfiguration:
                environment: {python: {userManagedDependencies: true}}
                history: {directoriesToWatch: [checkpoints]}
              """
                  .formatted(yard.namespace()));
      TrainingRunStatus status = run.awaitEnd(RunPhase.COMPLETED);
      assertThat(status.lastLog()).isEqualTo("['first'] []");
      assertThat(run.snapshot().files()).isEqualTo(2);
      assertThat(history.tree(status.outputs(), "checkpoints"))
          .containsKeys("checkpoints/first", "checkpoints/second");
    } finally {
      yard.client().persistentVolumes().withName(volume).delete();
    }
  }

  private static final String AUTHOR =
      """
      import os
      project = "/mnt/notebooks/%s/project" % os.environ["AZUREML_EXPERIMENT_NAME"]
      os.makedirs(project + "/checkpoints")
      open(project + "/checkpoints/first", "w").write("1")
      open(project + "/train.py", "w").write('''
      import os
      print(os.listdir("checkpoints"), os.listdir("outputs"))
      open("checkpoints/second", "w").write("2")
      ''')
      """;

  private void volume(String volume) {
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
        metadata: {name: notebooks}
        spec:
          accessModes: [ReadWriteOnce]
          storageClassName: %1$s
          resources: {requests: {storage: 1Mi}}
        ---
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: notebooks}
        spec:
          type: local
          local:
            volumes: [{name: notebooks, mountPath: /mnt/notebooks, persistentVolumeClaim: notebooks}]
        """
            .formatted(volume));
  }

  @Test
  void aClaimThatDoesNotExistHoldsTheRun() {
    Run run =
        yard.run(
            "no-claim",
            """
            script: train.py
            source: {persistentVolumeClaim: {claimName: nowhere}}
            runConfiguration: {environment: {python: {userManagedDependencies: true}}}
            """);
    run.awaitReason("VolumeClaimNotFound");
    assertThat(run.message()).contains("source.persistentVolumeClaim", "nowhere");
  }

  @Test
  void whatOneRunLeftInTheRegistryIsTheSourceOfTheNext() {
    Run first =
        yard.runOf(
            "first",
            """
            import os
            os.makedirs("outputs/next")
            open("outputs/next/train.py", "w").write("print('made by a run')")
            """);
    Artifact left = Objects.requireNonNull(first.awaitEnd(RunPhase.COMPLETED).outputs());
    String reference =
        "%s/%s@%s"
            .formatted(
                yard.operator().variable("TRAINYARD_REGISTRY_PUSH"),
                left.repository(),
                left.digest());
    Run next = image("next", reference, "/outputs/next");
    assertThat(next.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("made by a run");
    assertThat(next.snapshot().commit()).isEqualTo(left.digest());
    Run nowhere = image("nowhere", reference, "/elsewhere");
    nowhere.awaitReason("PathNotFound");
    assertThat(nowhere.message()).contains("source.image.path", "elsewhere");
    Run absent = image("absent", reference.replaceFirst("@.*", ":no-such-tag"), "/");
    absent.awaitReason("RefNotFound");
  }

  private Run image(String name, String reference, String path) {
    return yard.run(
        name,
        """
        script: train.py
        source: {image: {reference: "%s", path: %s}}
        runConfiguration: {environment: {python: {userManagedDependencies: true}}}
        """
            .formatted(reference, path));
  }
}
