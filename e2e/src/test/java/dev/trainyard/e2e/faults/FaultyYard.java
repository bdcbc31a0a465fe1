package dev.trainyard.e2e.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.testbed.faults.Call;
import dev.trainyard.testbed.faults.Fault;
import dev.trainyard.testbed.faults.FaultProxy;
import dev.trainyard.testbed.install.DeployedOperator;
import dev.trainyard.testbed.install.Installation;
import dev.trainyard.testbed.runs.ScriptRun;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.authentication.TokenRequestBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.internal.SSLUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;

/**
 * A cluster whose own operator rests, so that one of ours can take its place: with the same
 * settings and the rights of its service account, but with a proxy before the API server and one
 * before the registry.
 */
public final class FaultyYard implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final KubernetesClient client = new KubernetesClientBuilder().build();
  private final DeployedOperator deployed;
  private final Path directory;
  private final String namespace;
  private final boolean ours;
  private final String token;
  private final Map<String, String> settings = new LinkedHashMap<>();

  /** For runs in a namespace of its own. */
  FaultyYard() throws IOException {
    this("");
  }

  /** For runs in a namespace that there is already, and that stays. */
  public FaultyYard(String existing) throws IOException {
    directory = Files.createTempDirectory("faults");
    deployed = new DeployedOperator(client);
    settings.putAll(deployed.settings());
    deployed.rest();
    ours = existing.isEmpty();
    namespace = ours ? made(client) : existing;
    settings.put("TRAINYARD_WATCH_NAMESPACES", namespace);
    token =
        client
            .serviceAccounts()
            .inNamespace(Installation.NAMESPACE)
            .withName(DeployedOperator.name())
            .tokenRequest(
                new TokenRequestBuilder()
                    .withNewSpec()
                    .withExpirationSeconds(7_200L)
                    .endSpec()
                    .build())
            .getStatus()
            .getToken();
  }

  private static String made(KubernetesClient client) {
    return client
        .resource(
            new NamespaceBuilder()
                .withNewMetadata()
                .withGenerateName("faults-")
                .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                .endMetadata()
                .build())
        .create()
        .getMetadata()
        .getName();
  }

  /** Proxies that ask {@code faults} about each request. */
  public Proxies proxies(Function<Call, Fault> faults) throws IOException {
    return new Proxies(faults);
  }

  String namespace() {
    return namespace;
  }

  KubernetesClient client() {
    return client;
  }

  /** Makes a run of a script that says its own name, so that no two have the same snapshot. */
  void apply(String name) {
    client
        .load(
            new ByteArrayInputStream(
                ScriptRun.named(name).saying(name).getBytes(StandardCharsets.UTF_8)))
        .inNamespace(namespace)
        .create();
  }

  TrainingRun run(String name) {
    return client.resources(TrainingRun.class).inNamespace(namespace).withName(name).get();
  }

  boolean isOver(String name) {
    TrainingRun run = run(name);
    return run.getStatus() != null
        && run.getStatus().phase() != null
        && run.getStatus().phase().isTerminal();
  }

  /** One execution, completed, and one Job with one pod; the oracle of every fault. */
  void assertCompletedOnce(String name) {
    TrainingRun run = run(name);
    assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(RunPhase.COMPLETED);
    assertThat(run.getStatus().attempts()).hasSize(1);
    assertThat(run.getStatus().observedGeneration()).isEqualTo(run.getMetadata().getGeneration());
    assertThat(run.getStatus().lastLog()).isEqualTo(name);
    Map<String, String> ours = Map.of("trainyard.dev/run-uid", run.getMetadata().getUid());
    List<Job> jobs =
        client.batch().v1().jobs().inNamespace(namespace).withLabels(ours).list().getItems();
    assertThat(jobs).as("Jobs of the run").hasSize(1);
    List<Pod> pods = client.pods().inNamespace(namespace).withLabels(ours).list().getItems();
    assertThat(pods).as("pods of the run").hasSize(1);
  }

  /** As many Jobs and pods as that, and no others. */
  void assertJobsAndPods(int number) {
    assertThat(client.batch().v1().jobs().inNamespace(namespace).list().getItems())
        .as("Jobs")
        .hasSize(number);
    assertThat(client.pods().inNamespace(namespace).list().getItems()).as("pods").hasSize(number);
  }

  void delete(String name) {
    client.resources(TrainingRun.class).inNamespace(namespace).withName(name).delete();
  }

  /** Waits until the runs that were deleted are gone, with everything that was theirs. */
  void awaitNothingLeft() {
    await()
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> {
          assertThat(client.resources(TrainingRun.class).inNamespace(namespace).list().getItems())
              .isEmpty();
          assertJobsAndPods(0);
          assertThat(tags()).as("tags in the registry").isEmpty();
        });
  }

  /** The chart's registry, at its node port. */
  private String registry() {
    Node node = client.nodes().list().getItems().getFirst();
    return "http://" + node.getStatus().getAddresses().getFirst().getAddress() + ":30500";
  }

  /** What the registry has of the namespace. */
  private String tags() throws IOException {
    URI list = URI.create(registry() + "/v2/trainyard/" + namespace + "/tags/list");
    try (InputStream body = list.toURL().openStream()) {
      JsonNode tags = new ObjectMapper().readTree(body).path("tags");
      return tags.isNull() ? "" : tags.toString();
    }
  }

  @Override
  public void close() {
    if (ours) {
      client.namespaces().withName(namespace).delete();
    }
    deployed.resume();
    client.close();
  }

  /** The proxies of one lifecycle, and operators that go through them. */
  public final class Proxies implements AutoCloseable {
    private final FaultProxy api;
    private final FaultProxy registry;

    private Proxies(Function<Call, Fault> faults) throws IOException {
      api =
          new FaultProxy("kubernetes", URI.create(client.getMasterUrl().toString()), tls(), faults);
      registry =
          new FaultProxy("registry", URI.create(registry()), SocketFactory.getDefault(), faults);
    }

    /** Starts an operator; its log is appended to the lifecycle's. */
    public OperatorProcess operator(String name) throws IOException {
      Path kubeconfig = directory.resolve(name + ".kubeconfig");
      Files.writeString(
          kubeconfig,
          """
          apiVersion: v1
          kind: Config
          current-context: faults
          clusters: [{name: faults, cluster: {server: "http://%s"}}]
          users: [{name: operator, user: {token: "%s"}}]
          contexts: [{name: faults, context: {cluster: faults, user: operator}}]
          """
              .formatted(api.address(), token));
      var environment = new LinkedHashMap<>(settings);
      environment.put("KUBECONFIG", kubeconfig.toString());
      environment.put("HOME", directory.toString());
      environment.put("TRAINYARD_REGISTRY_PUSH", registry.address());
      return OperatorProcess.start(environment, directory.resolve(name + ".log"));
    }

    FaultProxy api() {
      return api;
    }

    private SocketFactory tls() {
      try {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, SSLUtils.trustManagers(client.getConfiguration()), null);
        return context.getSocketFactory();
      } catch (GeneralSecurityException | IOException e) {
        throw new IllegalStateException("the cluster's certificate authority cannot be used", e);
      }
    }

    @Override
    public void close() throws IOException {
      api.close();
      registry.close();
    }
  }

  /** Waits until a run is over. */
  void awaitOver(String name, OperatorProcess operator) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(200))
        .untilAsserted(() -> assertOver(name, operator));
  }

  /** Fails with what the operator said, and where the run stands. */
  void assertOver(String name, OperatorProcess operator) {
    assertThat(isOver(name))
        .as(() -> "the run " + name + " is over: " + run(name).getStatus() + operator.log())
        .isTrue();
  }
}
