package dev.trainyard.operator.provider.local;

import dev.trainyard.api.v1alpha1.LocalTarget;
import dev.trainyard.operator.provider.RunRequest;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.VolumeBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import io.fabric8.kubernetes.api.model.VolumeMountBuilder;
import java.util.ArrayList;
import java.util.List;

/** The volumes of a training pod: shared memory, and those that the target names. */
final class TrainingVolumes {
  private static final String SHARED_MEMORY = "shm";
  private static final String PREFIX = "volume-";

  private TrainingVolumes() {}

  static List<Volume> volumes(RunRequest request, LocalTarget settings) {
    var volumes = new ArrayList<Volume>();
    volumes.add(
        new VolumeBuilder()
            .withName(SHARED_MEMORY)
            .withNewEmptyDir()
            .withMedium("Memory")
            .withSizeLimit(Quantity.parse(Long.toString(request.configuration().shmBytes())))
            .endEmptyDir()
            .build());
    for (LocalTarget.Volume volume : of(settings)) {
      volumes.add(volume(volume));
    }
    return volumes;
  }

  static List<VolumeMount> mounts(LocalTarget settings) {
    var mounts = new ArrayList<VolumeMount>();
    mounts.add(new VolumeMountBuilder().withName(SHARED_MEMORY).withMountPath("/dev/shm").build());
    for (LocalTarget.Volume volume : of(settings)) {
      mounts.add(
          new VolumeMountBuilder()
              .withName(PREFIX + volume.name())
              .withMountPath(volume.mountPath())
              .withReadOnly(volume.secret() != null || Boolean.TRUE.equals(volume.readOnly()))
              .build());
    }
    return mounts;
  }

  static List<LocalTarget.Volume> of(LocalTarget settings) {
    return settings.volumes() == null ? List.of() : settings.volumes();
  }

  private static Volume volume(LocalTarget.Volume volume) {
    var builder = new VolumeBuilder().withName(PREFIX + volume.name());
    if (volume.secret() != null) {
      return builder.withNewSecret().withSecretName(volume.secret()).endSecret().build();
    }
    return builder
        .withNewPersistentVolumeClaim()
        .withClaimName(volume.persistentVolumeClaim())
        .withReadOnly(Boolean.TRUE.equals(volume.readOnly()))
        .endPersistentVolumeClaim()
        .build();
  }
}
