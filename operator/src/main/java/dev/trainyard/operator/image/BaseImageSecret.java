package dev.trainyard.operator.image;

import dev.trainyard.oci.Credentials;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Base64;
import java.util.Optional;

/** The credentials of a private base image registry, read from the run's namespace when needed. */
public final class BaseImageSecret {
  private static final String KEY = ".dockerconfigjson";

  /** Either what was found or what is missing. */
  public record Found(Credentials credentials, Optional<Obstacle> obstacle) {}

  private final KubernetesClient client;

  public BaseImageSecret(KubernetesClient client) {
    this.client = client;
  }

  public Found read(String namespace, Optional<String> name) {
    if (name.isEmpty()) {
      return new Found(Credentials.NONE, Optional.empty());
    }
    Secret secret = client.secrets().inNamespace(namespace).withName(name.get()).get();
    if (secret == null || secret.getData() == null || !secret.getData().containsKey(KEY)) {
      return new Found(
          Credentials.NONE,
          Optional.of(
              new Obstacle(
                  Reason.SECRET_NOT_FOUND,
                  "baseImageRegistry.secretRef names the Secret "
                      + name.get()
                      + ", which "
                      + (secret == null ? "does not exist" : "has no key " + KEY)
                      + " in namespace "
                      + namespace
                      + ": create it with `kubectl create secret docker-registry`.")));
    }
    byte[] config = Base64.getDecoder().decode(secret.getData().get(KEY));
    try {
      return new Found(Credentials.fromDockerConfig(config), Optional.empty());
    } catch (IllegalArgumentException e) {
      return new Found(
          Credentials.NONE,
          Optional.of(
              new Obstacle(
                  Reason.REGISTRY_UNAUTHORIZED,
                  "baseImageRegistry.secretRef names the Secret "
                      + name.get()
                      + ", which cannot be used: "
                      + e.getMessage()
                      + ". Make it anew with `kubectl create secret docker-registry`.")));
    }
  }
}
