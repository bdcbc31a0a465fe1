package dev.trainyard.e2e.environments;

import dev.trainyard.e2e.faults.OperatorProcess;
import dev.trainyard.testbed.install.DeployedOperator;
import dev.trainyard.testbed.install.Installation;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A cluster whose own operator rests, so that others with settings of a test's choice take its
 * place, each for one namespace and with the rights of its service account.
 */
final class OtherOperators implements AutoCloseable {
  private final KubernetesClient client = new KubernetesClientBuilder().build();
  private final DeployedOperator deployed = new DeployedOperator(client);
  private final Path directory;
  private final Path kubeconfig;
  private final Map<String, String> settings;

  OtherOperators() throws IOException {
    directory = Files.createTempDirectory("operators");
    kubeconfig = directory.resolve("kubeconfig");
    settings = deployed.settings();
    Files.writeString(
        kubeconfig,
        """
        apiVersion: v1
        kind: Config
        current-context: other
        clusters: [{name: other, cluster: {server: "%s", certificate-authority-data: "%s"}}]
        users: [{name: operator, user: {token: "%s"}}]
        contexts: [{name: other, context: {cluster: other, user: operator}}]
        """
            .formatted(client.getMasterUrl(), authorities(), token()));
    deployed.rest();
  }

  private String authorities() throws IOException {
    String data = client.getConfiguration().getCaCertData();
    return data != null
        ? data
        : Base64.getEncoder()
            .encodeToString(Files.readAllBytes(Path.of(client.getConfiguration().getCaCertFile())));
  }

  private String token() {
    return client
        .serviceAccounts()
        .inNamespace(Installation.NAMESPACE)
        .withName(DeployedOperator.name())
        .tokenRequest(
            new TokenRequestBuilder().withNewSpec().withExpirationSeconds(7_200L).endSpec().build())
        .getStatus()
        .getToken();
  }

  /** Gives operators in one namespace the right that the chart gives with a storage class. */
  void allowClaims(Runs runs) {
    runs.apply(
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: Role
        metadata: {name: claims}
        rules: [{apiGroups: [""], resources: [persistentvolumeclaims], verbs: [create]}]
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: RoleBinding
        metadata: {name: claims}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: claims}
        subjects: [{kind: ServiceAccount, name: %s, namespace: %s}]
        """
            .formatted(DeployedOperator.name(), Installation.NAMESPACE));
  }

  /** A setting of the operator that rests. */
  String setting(String name) {
    return settings.getOrDefault(name, "");
  }

  /**
   * Starts an operator for one namespace.
   *
   * @param changed settings; those that begin with {@code TRAINYARD_ENVIRONMENT_}, without that
   */
  OperatorProcess start(Runs runs, Map<String, String> changed) throws IOException {
    var environment = new LinkedHashMap<>(settings);
    // Its own name of the registry is one that pods reach, too.
    environment.put("TRAINYARD_REGISTRY_PUSH", NodeRegistry.address(client));
    changed.forEach((name, value) ->
        environment.put(
            name.startsWith("TRAINYARD_") ? name : "TRAINYARD_ENVIRONMENT_" + name, value));
    environment.put("TRAINYARD_WATCH_NAMESPACES", runs.namespace());
    environment.put("KUBECONFIG", kubeconfig.toString());
    environment.put("HOME", directory.toString());
    return OperatorProcess.start(environment, directory.resolve(runs.namespace() + ".log"));
  }

  @Override
  public void close() {
    deployed.resume();
    client.close();
  }
}
