package dev.trainyard.operator.provider.local;

import dev.trainyard.api.v1alpha1.LocalTarget;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.settings.Settings;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;

/** The Secrets and claims without which the pods of a run would wait for ever. */
final class Prerequisites {
  private final KubernetesClient client;
  private final Settings settings;

  Prerequisites(KubernetesClient client, Settings settings) {
    this.client = client;
    this.settings = settings;
  }

  /** The first one that is missing, with what to do. */
  Optional<Obstacle> missing(RunRequest request) {
    String namespace = request.run().getMetadata().getNamespace();
    Optional<String> pullSecret = settings.registrySecret();
    if (pullSecret.isPresent() && !hasSecret(namespace, pullSecret.get())) {
      return Optional.of(
          new Obstacle(
              Reason.SECRET_NOT_FOUND,
              "Nodes pull run images with the Secret "
                  + pullSecret.get()
                  + ", which does not exist in namespace "
                  + namespace
                  + ": create it with `kubectl create secret docker-registry`."));
    }
    return TrainingVolumes.of(TrainingJob.settings(request)).stream()
        .flatMap(volume -> missing(namespace, volume).stream())
        .findFirst();
  }

  private Optional<Obstacle> missing(String namespace, LocalTarget.Volume volume) {
    if (volume.secret() != null && !hasSecret(namespace, volume.secret())) {
      return Optional.of(
          new Obstacle(
              Reason.SECRET_NOT_FOUND,
              "The target's volume "
                  + volume.name()
                  + " needs the Secret "
                  + volume.secret()
                  + ", which does not exist in namespace "
                  + namespace
                  + ": create it."));
    }
    if (volume.persistentVolumeClaim() != null
        && !hasClaim(namespace, volume.persistentVolumeClaim())) {
      return Optional.of(
          new Obstacle(
              Reason.VOLUME_CLAIM_NOT_FOUND,
              "The target's volume "
                  + volume.name()
                  + " needs the PersistentVolumeClaim "
                  + volume.persistentVolumeClaim()
                  + ", which does not exist in namespace "
                  + namespace
                  + ": create it."));
    }
    return Optional.empty();
  }

  private boolean hasSecret(String namespace, String name) {
    return client.secrets().inNamespace(namespace).withName(name).get() != null;
  }

  private boolean hasClaim(String namespace, String name) {
    return client.persistentVolumeClaims().inNamespace(namespace).withName(name).get() != null;
  }
}
