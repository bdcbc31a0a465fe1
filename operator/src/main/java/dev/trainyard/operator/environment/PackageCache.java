package dev.trainyard.operator.environment;

import dev.trainyard.operator.settings.CacheSettings;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The claim that keeps downloaded packages between the builds of a namespace. A build never waits
 * or fails for the lack of it.
 */
final class PackageCache {
  private static final Logger LOG = LoggerFactory.getLogger(PackageCache.class);

  private final KubernetesClient client;
  private final CacheSettings settings;

  PackageCache(KubernetesClient client, CacheSettings settings) {
    this.client = client;
    this.settings = settings;
  }

  /** The claim that a build is to mount, made where the settings say how; empty: there is none. */
  Optional<String> claim(String namespace) {
    if (settings.claim().isEmpty()) {
      return Optional.empty();
    }
    String name = settings.claim().get();
    PersistentVolumeClaim found =
        client.persistentVolumeClaims().inNamespace(namespace).withName(name).get();
    if (found != null) {
      return Optional.of(name).filter(n -> found.getMetadata().getDeletionTimestamp() == null);
    }
    return settings.storageClass().filter(s -> isMade(namespace, name, s)).map(s -> name);
  }

  private boolean isMade(String namespace, String name, String storageClass) {
    try {
      client.resource(claim(namespace, name, storageClass)).create();
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT) {
        return true;
      }
      // A quota, say: packages are downloaded then.
      LOG.warn("No package cache in {}: {}", namespace, e.getMessage());
      return false;
    }
  }

  private PersistentVolumeClaim claim(String namespace, String name, String storageClass) {
    return new PersistentVolumeClaimBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(namespace)
        .addToLabels("app.kubernetes.io/managed-by", "trainyard")
        .endMetadata()
        .withNewSpec()
        .withAccessModes(settings.accessMode())
        .withStorageClassName(storageClass)
        .withNewResources()
        .addToRequests("storage", Quantity.parse(settings.size()))
        .endResources()
        .endSpec()
        .build();
  }
}
