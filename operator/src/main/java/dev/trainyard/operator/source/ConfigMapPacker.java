package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus.SnapshotStatus;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.image.SharedReads;
import dev.trainyard.operator.status.Reason;
import dev.trainyard.snapshot.Snapshot;
import dev.trainyard.snapshot.SourceException;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Packs a ConfigMap: it is at most 1 MiB, so the operator does it itself, without a Job. */
final class ConfigMapPacker implements SourcePacker {
  private final KubernetesClient client;
  private final ImageStore images;

  /** By namespace and name, for runs of one source that come at once. */
  private final SharedReads<String, Optional<ConfigMap>> maps = new SharedReads<>();

  ConfigMapPacker(KubernetesClient client, ImageStore images) {
    this.client = client;
    this.images = images;
  }

  @Override
  public Packing pack(TrainingRun run) throws RegistryException {
    String namespace = run.getMetadata().getNamespace();
    String name = Objects.requireNonNull(run.getSpec().source().configMap()).name();
    Optional<ConfigMap> map =
        maps.read(
            namespace + "/" + name,
            () ->
                Optional.ofNullable(
                    client.configMaps().inNamespace(namespace).withName(name).get()));
    if (map.isEmpty()) {
      return new Packing.Held(
          Reason.CONFIG_MAP_NOT_FOUND,
          "There is no ConfigMap "
              + name
              + " in namespace "
              + namespace
              + ": create it; the run goes on by itself.");
    }
    try {
      Snapshot snapshot = images.pack(namespace, files(map.get()));
      return new Packing.Packed(
          new SnapshotStatus(
              snapshot.digest().text(), null, snapshot.files(), snapshot.pushedBytes(), null));
    } catch (SourceException e) {
      return new Packing.Held(Reason.SOURCE_INVALID, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public Packing.NotPacked refuse(TrainingRun run, Reason reason, String message) {
    return new Packing.Held(reason, message);
  }

  @Override
  public void abandon(TrainingRun run) {
    // Nothing is ever under way: a ConfigMap is packed within one call.
  }

  private static Map<String, byte[]> files(ConfigMap map) {
    var files = new LinkedHashMap<String, byte[]>();
    Objects.requireNonNullElse(map.getData(), Map.<String, String>of())
        .forEach((name, text) -> files.put(name, text.getBytes(StandardCharsets.UTF_8)));
    Objects.requireNonNullElse(map.getBinaryData(), Map.<String, String>of())
        .forEach((name, base64) -> files.put(name, Base64.getDecoder().decode(base64)));
    return files;
  }
}
