package dev.trainyard.e2e.release;

import dev.trainyard.testbed.install.Installation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * A volume for the registry on a node, for clusters that make none by themselves. Registries run as
 * user 1000, so a pod that may do so opens the folder first and removes it in the end.
 */
final class RegistryVolume implements AutoCloseable {
  static final String CLASS = "trainyard-registry-test";

  private static final String CLAIM = Installation.RELEASE + "-registry";
  private static final long PATIENCE_SECONDS = 120;

  private final KubernetesClient client;
  private final String namespace;
  private final String folder;

  RegistryVolume(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
    this.folder = "/tmp/" + namespace;
    onNode("mkdir", "mkdir -p /node%1$s && chmod 0777 /node%1$s".formatted(folder));
    apply(
        """
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: %1$s}
        spec:
          capacity: {storage: 20Gi}
          accessModes: [ReadWriteOnce]
          storageClassName: %2$s
          hostPath: {path: %3$s}
        """
            .formatted(namespace, CLASS, folder));
  }

  /** Whether the registry has an image of that repository; a new one has none. */
  boolean hasTags(String repository) {
    String tags =
        client.raw(
            "/api/v1/namespaces/%s/services/%s:http/proxy/v2/%s/tags/list"
                .formatted(Installation.NAMESPACE, CLAIM, repository));
    return tags != null && tags.contains("\"tags\":[");
  }

  /** The chart keeps the claim of a registry that is no longer wanted, with what is in it. */
  @Override
  public void close() {
    client.persistentVolumeClaims().inNamespace(Installation.NAMESPACE).withName(CLAIM).delete();
    client.persistentVolumes().withName(namespace).delete();
    onNode("rmdir", "rm -rf /node" + folder);
  }

  private void onNode(String name, String command) {
    apply(
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %1$s}
        spec:
          restartPolicy: Never
          automountServiceAccountToken: false
          containers:
          - name: %1$s
            image: docker.io/library/registry:2
            command: [sh, -c, "%2$s"]
            volumeMounts: [{name: tmp, mountPath: /node/tmp}]
          volumes: [{name: tmp, hostPath: {path: /tmp}}]
        """
            .formatted(name, command));
    Pod ended =
        client
            .pods()
            .inNamespace(namespace)
            .withName(name)
            .waitUntilCondition(RegistryVolume::isOver, PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (!ended.getStatus().getPhase().equals("Succeeded")) {
      throw new IllegalStateException("`" + command + "` failed on the node: " + ended.getStatus());
    }
  }

  private static boolean isOver(Pod pod) {
    return pod != null && ("Succeeded Failed").contains(pod.getStatus().getPhase());
  }

  private void apply(String manifest) {
    client
        .load(new ByteArrayInputStream(manifest.getBytes(StandardCharsets.UTF_8)))
        .items()
        .forEach(item ->
            (item.getKind().equals("Pod")
                    ? client.resource(item).inNamespace(namespace)
                    : client.resource(item))
                .create());
  }
}
