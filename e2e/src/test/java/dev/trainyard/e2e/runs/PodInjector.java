package dev.trainyard.e2e.runs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.trainyard.e2e.environments.Authority;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.Executors;

/**
 * A mutating webhook for the pods of a namespace, as service meshes and secret stores bring one. It
 * is a part of the test's process, on the address by which the API server reaches this machine.
 */
final class PodInjector implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Yard yard;
  private final String name;
  private final HttpsServer server;
  private final String patch;

  /**
   * Begins to change pods.
   *
   * @param patch JSON Patch (RFC 6902) of each pod
   */
  PodInjector(Yard yard, String patch) throws IOException {
    this.yard = yard;
    this.name = yard.namespace() + "-injector";
    this.patch = patch;
    String host = GitServer.addressTowards(URI.create(yard.client().getMasterUrl().toString()));
    server = HttpsServer.create(new InetSocketAddress(0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    try (var authority = new Authority(host)) {
      server.setHttpsConfigurator(new HttpsConfigurator(authority.serverContext()));
      server.start();
      yard.apply(
          """
          apiVersion: admissionregistration.k8s.io/v1
          kind: MutatingWebhookConfiguration
          metadata: {name: %s}
          webhooks:
          - name: injector.trainyard.test
            admissionReviewVersions: [v1]
            sideEffects: None
            clientConfig: {url: "https://%s:%d/", caBundle: %s}
            namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %s}}
            rules:
            - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}
          """
              .formatted(
                  name,
                  host,
                  server.getAddress().getPort(),
                  Base64.getEncoder()
                      .encodeToString(authority.certificate().getBytes(StandardCharsets.US_ASCII)),
                  yard.namespace()));
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      JsonNode review = JSON.readTree(exchange.getRequestBody());
      ObjectNode answer = JSON.createObjectNode();
      answer.put("apiVersion", "admission.k8s.io/v1").put("kind", "AdmissionReview");
      answer
          .putObject("response")
          .put("uid", review.path("request").path("uid").asText())
          .put("allowed", true)
          .put("patchType", "JSONPatch")
          .put("patch", patch.getBytes(StandardCharsets.UTF_8));
      byte[] body = JSON.writeValueAsBytes(answer);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    yard.client()
        .admissionRegistration()
        .v1()
        .mutatingWebhookConfigurations()
        .withName(name)
        .delete();
    server.stop(0);
  }
}
