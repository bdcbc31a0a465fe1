package dev.trainyard.e2e.environments;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * A volume with a storage class of its own, for one claim: a directory of the node that everybody
 * may write to, held by a pod.
 */
final class CacheVolume implements AutoCloseable {
  private static final String NAMESPACE = "default";

  private final KubernetesClient client;
  private final String name;

  private CacheVolume(KubernetesClient client, String volume) {
    this.client = client;
    this.name = "cache-" + Long.toString(System.nanoTime(), 36);
    Pod holder =
        client
            .pods()
            .inNamespace(NAMESPACE)
            .resource(
                client
                    .pods()
                    .load(
                        stream(
                            """
                            apiVersion: v1
                            kind: Pod
                            metadata: {name: %s}
                            spec:
                              terminationGracePeriodSeconds: 0
                              containers:
                              - name: holder
                                image: mcr.microsoft.com/azureml/base:0.2.4
                                command: [sleep, infinity]
                                volumeMounts: [{name: cache, mountPath: /cache}]
                              volumes: [{name: cache, emptyDir: %s}]
                            """
                                .formatted(name, volume)))
                    .item())
            .create();
    await().atMost(Duration.ofMinutes(2)).until(() -> client.pods().resource(holder).isReady());
    String uid = client.pods().resource(holder).get().getMetadata().getUid();
    client
        .load(
            stream(
                """
                apiVersion: storage.k8s.io/v1
                kind: StorageClass
                metadata: {name: %1$s}
                provisioner: kubernetes.io/no-provisioner
                ---
                apiVersion: v1
                kind: PersistentVolume
                metadata: {name: %1$s}
                spec:
                  capacity: {storage: 20Gi}
                  accessModes: [ReadWriteOnce]
                  storageClassName: %1$s
                  hostPath: {path: "%3$s/pods/%2$s/volumes/kubernetes.io~empty-dir/cache"}
                """
                    .formatted(name, uid, kubelet(client))))
        .create();
  }

  /** Where the node's kubelet keeps the volumes of pods: this testbed's, or the usual place. */
  private static String kubelet(KubernetesClient client) {
    var configuration =
        client.raw(
            "/api/v1/nodes/"
                + client.nodes().list().getItems().getFirst().getMetadata().getName()
                + "/proxy/configz");
    var matcher =
        java.util.regex.Pattern.compile("\"clientCAFile\":\"([^\"]+)/pki/ca.crt\"")
            .matcher(configuration == null ? "" : configuration);
    return matcher.find() && matcher.group(1).contains("/clusters/")
        ? matcher.group(1) + "/kubelet"
        : "/var/lib/kubelet";
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  static CacheVolume onDisk(KubernetesClient client) {
    return new CacheVolume(client, "{}");
  }

  /** One that is full soon. */
  static CacheVolume inMemory(KubernetesClient client, String size) {
    return new CacheVolume(client, "{medium: Memory, sizeLimit: %s}".formatted(size));
  }

  String storageClass() {
    return name;
  }

  @Override
  public void close() {
    client.persistentVolumes().withName(name).delete();
    client.storage().v1().storageClasses().withName(name).delete();
    client.pods().inNamespace(NAMESPACE).withName(name).withGracePeriod(0).delete();
  }
}
