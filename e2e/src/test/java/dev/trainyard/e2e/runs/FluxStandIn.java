package dev.trainyard.e2e.runs;

import dev.trainyard.oci.Digest;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.awaitility.Awaitility;

/**
 * What a run sees of Flux: its two kinds, with the fields that it has in their status, and the file
 * server of its source-controller at the address of a default installation. What source-controller
 * would write to a status, the test writes.
 */
final class FluxStandIn implements AutoCloseable {
  static final String GROUP = "source.toolkit.fluxcd.io";

  private static final String NAMESPACE = "flux-system";
  private static final String FILE = "artifact.tar.gz";
  private static final Map<String, String> KINDS =
      Map.of("GitRepository", "gitrepositories", "OCIRepository", "ocirepositories");

  private final KubernetesClient client;

  FluxStandIn(Yard yard) {
    client = yard.client();
  }

  /** Whether the cluster has Flux itself, which must not be disturbed. */
  static boolean isThere(KubernetesClient client) {
    return client.namespaces().withName(NAMESPACE).get() != null;
  }

  /** Adds the kinds and waits until they are served. */
  void installKinds() {
    KINDS.forEach((kind, plural) -> {
      apply(
          """
          apiVersion: apiextensions.k8s.io/v1
          kind: CustomResourceDefinition
          metadata: {name: %1$s.%2$s}
          spec:
            group: %2$s
            scope: Namespaced
            names: {kind: %3$s, listKind: %3$sList, plural: %1$s, singular: %4$s}
            versions:
            - name: v1
              served: true
              storage: true
              subresources: {status: {}}
              schema:
                openAPIV3Schema:
                  type: object
                  properties:
                    spec: {type: object, x-kubernetes-preserve-unknown-fields: true}
                    status:
                      type: object
                      properties:
                        observedGeneration: {type: integer, format: int64}
                        artifact:
                          type: object
                          required: [digest, lastUpdateTime, path, revision, url]
                          properties:
                            digest: {type: string, pattern: '^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$'}
                            lastUpdateTime: {type: string, format: date-time}
                            path: {type: string}
                            revision: {type: string}
                            size: {type: integer, format: int64}
                            url: {type: string}
                        conditions:
                          type: array
                          items:
                            type: object
                            required: [lastTransitionTime, message, reason, status, type]
                            properties:
                              lastTransitionTime: {type: string, format: date-time}
                              message: {type: string}
                              observedGeneration: {type: integer, format: int64}
                              reason: {type: string}
                              status: {type: string}
                              type: {type: string}
          """
              .formatted(plural, GROUP, kind, kind.toLowerCase(Locale.ROOT)));
      Awaitility.await(kind + " is served")
          .atMost(Duration.ofMinutes(2))
          .ignoreExceptions()
          .until(() ->
              client.genericKubernetesResources(context(kind)).inAnyNamespace().list() != null);
    });
  }

  /**
   * Starts the file server, with one artifact of one file.
   *
   * @return SHA-256 of the artifact
   */
  String serve(String file, String content) throws IOException {
    byte[] artifact = tarGz(file, content.getBytes(StandardCharsets.UTF_8));
    apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n".formatted(NAMESPACE));
    client
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withName("artifacts")
                .withNamespace(NAMESPACE)
                .endMetadata()
                .addToBinaryData(FILE, Base64.getEncoder().encodeToString(artifact))
                .build())
        .serverSideApply();
    apply(
        """
        apiVersion: v1
        kind: Service
        metadata: {name: source-controller, namespace: %1$s}
        spec: {selector: {app: source-controller}, ports: [{port: 80, targetPort: 9090}]}
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: source-controller, namespace: %1$s, labels: {app: source-controller}}
        spec:
          containers:
          - name: manager
            image: mcr.microsoft.com/azureml/base:0.2.4
            command: [python3, -m, http.server, --directory, /data, "9090"]
            readinessProbe: {tcpSocket: {port: 9090}, periodSeconds: 1}
            volumeMounts: [{name: data, mountPath: /data}]
          volumes: [{name: data, configMap: {name: artifacts}}]
        """
            .formatted(NAMESPACE));
    Awaitility.await("the file server is ready")
        .atMost(Duration.ofSeconds(90))
        .until(() -> client.pods().inNamespace(NAMESPACE).withName("source-controller").isReady());
    return Digest.of(artifact).hex();
  }

  /** URL of the artifact; Flux writes the name with a full stop at its end. */
  static String url() {
    return "http://source-controller.%s.svc.cluster.local./%s".formatted(NAMESPACE, FILE);
  }

  /** Makes an object that nobody has looked at yet. */
  void create(Yard yard, String kind, String name) {
    yard.apply(
        """
        apiVersion: %s/v1
        kind: %s
        metadata: {name: %s}
        spec: {interval: 5m, url: "https://git.example.com/team/diabetes"}
        """
            .formatted(GROUP, kind, name));
  }

  /** Writes to an object's status that Flux could not fetch it. */
  void failed(Yard yard, String kind, String name, String message) {
    patchStatus(yard, kind, name, "{\"conditions\": [%s]}".formatted(ready("False", message)));
  }

  /** Writes to an object's status that Flux has fetched it. */
  void fetched(Yard yard, String kind, String name, String url, String sha256, String revision) {
    patchStatus(
        yard,
        kind,
        name,
        """
        {"observedGeneration": 1, "conditions": [%s], "artifact": {
          "digest": "sha256:%s", "lastUpdateTime": "%s", "path": "%s", "revision": "%s", "url": "%s"}}
        """
            .formatted(
                ready("True", "stored artifact"), sha256, Instant.now(), FILE, revision, url));
  }

  private static String ready(String status, String message) {
    return """
    {"type": "Ready", "status": "%s", "reason": "Told", "message": "%s", "observedGeneration": 1,
     "lastTransitionTime": "%s"}
    """
        .formatted(status, message, Instant.now());
  }

  private void patchStatus(Yard yard, String kind, String name, String status) {
    Resource<GenericKubernetesResource> object =
        client
            .genericKubernetesResources(context(kind))
            .inNamespace(yard.namespace())
            .withName(name);
    object
        .subresource("status")
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"status\": %s}".formatted(status));
  }

  private static ResourceDefinitionContext context(String kind) {
    return new ResourceDefinitionContext.Builder()
        .withGroup(GROUP)
        .withVersion("v1")
        .withKind(kind)
        .withPlural(KINDS.get(kind))
        .withNamespaced(true)
        .build();
  }

  private void apply(String yaml) {
    client
        .load(new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)))
        .items()
        .forEach(item -> client.resource(item).serverSideApply());
  }

  private static byte[] tarGz(String name, byte[] content) throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var tar = new TarArchiveOutputStream(new GZIPOutputStream(bytes))) {
      var entry = new TarArchiveEntry(name);
      entry.setSize(content.length);
      tar.putArchiveEntry(entry);
      tar.write(content);
      tar.closeArchiveEntry();
    }
    return bytes.toByteArray();
  }

  /** Takes kinds and server away again. */
  @Override
  public void close() {
    client.namespaces().withName(NAMESPACE).delete();
    for (String plural : List.copyOf(KINDS.values())) {
      client
          .apiextensions()
          .v1()
          .customResourceDefinitions()
          .withName(plural + "." + GROUP)
          .delete();
    }
    Awaitility.await("nothing of it is left")
        .atMost(Duration.ofMinutes(2))
        .until(() -> !isThere(client));
  }
}
