package dev.trainyard.e2e.admission;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.api.model.StatusCause;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An API server with the committed CRDs and a namespace of its own. Requests are what {@code
 * kubectl apply --validate=strict} sends: the manifest as it is, with nulls, and strict field
 * validation.
 */
final class Admission implements AutoCloseable {
  private static final String STRICT = "fieldValidation=Strict&fieldManager=trainyard-admission";
  private static final int CONFLICT = 409;
  private static final int MOST_TRIES = 10;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final KubernetesClient client;
  private final CommittedCrds crds;
  private final String namespace;

  Admission() {
    if (System.getenv("KUBECONFIG") == null) {
      throw new IllegalStateException(
          "These tests need a cluster: run `make cluster` and set KUBECONFIG to what it prints");
    }
    client = new KubernetesClientBuilder().build();
    crds = new CommittedCrds(client);
    namespace =
        client
            .resource(
                new NamespaceBuilder()
                    .withNewMetadata()
                    .withGenerateName("admission-")
                    .endMetadata()
                    .build())
            .create()
            .getMetadata()
            .getName();
  }

  /** Deletes the namespace and everything in it. */
  @Override
  public void close() {
    client.namespaces().withName(namespace).delete();
    crds.close();
    client.close();
  }

  /** Creates the object and gives back what the API server stored. */
  JsonNode create(JsonNode manifest) {
    return send("POST", collection(manifest) + "?" + STRICT, manifest);
  }

  /** What the API server would store, without storing it. */
  JsonNode createDryRun(JsonNode manifest) {
    return send("POST", collection(manifest) + "?dryRun=All&" + STRICT, manifest);
  }

  /**
   * What the API server would store when {@code manifest} replaces what is there. The operator may
   * write its status in between, which is no refusal.
   */
  JsonNode updateDryRun(JsonNode manifest) {
    String object = collection(manifest) + "/" + manifest.at("/metadata/name").asText();
    for (int tries = 1; ; tries++) {
      ObjectNode update = manifest.deepCopy();
      ((ObjectNode) update.get("metadata"))
          .set("resourceVersion", get(object).at("/metadata/resourceVersion"));
      try {
        return send("PUT", object + "?dryRun=All&" + STRICT, update);
      } catch (KubernetesClientException e) {
        if (e.getCode() != CONFLICT || tries == MOST_TRIES) {
          throw e;
        }
      }
    }
  }

  /** The message with which the API server refuses, one line a cause; empty when it accepts. */
  static Optional<List<String>> refusal(Runnable request) {
    try {
      request.run();
      return Optional.empty();
    } catch (KubernetesClientException e) {
      return Optional.of(causes(e.getStatus()));
    }
  }

  private static List<String> causes(Status status) {
    if (status.getDetails() == null || status.getDetails().getCauses().isEmpty()) {
      return List.of(status.getMessage());
    }
    return status.getDetails().getCauses().stream()
        .filter(cause -> !cause.getMessage().contains("some validation rules were not checked"))
        .map(Admission::line)
        .toList();
  }

  private static String line(StatusCause cause) {
    return cause.getField() + ": " + cause.getMessage();
  }

  private JsonNode get(String object) {
    try {
      return JSON.readTree(client.raw(object));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private JsonNode send(String method, String uri, JsonNode body) {
    try {
      return JSON.readTree(client.raw(uri, method, JSON.writeValueAsString(body)));
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String collection(JsonNode manifest) {
    String plural = manifest.get("kind").asText().toLowerCase(Locale.ROOT) + "s";
    return "/apis/"
        + manifest.get("apiVersion").asText()
        + "/namespaces/"
        + namespace
        + "/"
        + plural;
  }
}
