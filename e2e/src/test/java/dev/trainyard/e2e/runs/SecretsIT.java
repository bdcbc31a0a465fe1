package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** Secrets that runs use, in success and failure, are told nowhere. */
@ExtendWith(YardExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Isolated
class SecretsIT {
  private static final String ALLOW = "TRAINYARD_ALLOW_INSECURE_SOURCES";

  private final Yard yard;
  private final String canary = "canary-" + UUID.randomUUID();

  SecretsIT(Yard yard) {
    this.yard = yard;
  }

  @BeforeAll
  void allowThisMachinesGitServer() {
    yard.operator().configure(Map.of(ALLOW, "true"));
  }

  @AfterAll
  void putBack() {
    yard.operator().configure(Map.of(ALLOW, "false"));
  }

  @Test
  void noSecretOfARunIsFoundAnywhereButInItsSecret() throws Exception {
    try (var server = new GitServer(URI.create(yard.client().getMasterUrl().toString()))) {
      server.commit(Map.of("train.py", "print(len(open('/mnt/token/token').read()))"));
      String key = server.privateKey();
      yard.secret("key", Map.of("ssh-privatekey", key, "known_hosts", server.knownHosts()));
      yard.secret("password", Map.of("username", "reader", "password", canary));
      yard.secret("token", Map.of("token", canary));
      yard.secret("registry", Map.of(".dockerconfigjson", dockerConfig()));
      yard.apply(
          """
          apiVersion: trainyard.dev/v1alpha1
          kind: ComputeTarget
          metadata: {name: mounting}
          spec:
            type: local
            local: {volumes: [{name: token, mountPath: /mnt/token, secret: token}]}
          """);
      Run good = run("good", server.sshUrl(), "key");
      Run refused = run("refused", server.httpUrl(), "password");
      assertThat(good.awaitEnd(RunPhase.COMPLETED).lastLog())
          .isEqualTo(Integer.toString(canary.length()));
      refused.awaitReason("AuthenticationFailed");

      String told = String.join("\n", everythingTold());
      assertThat(told).contains("good").contains("refused");
      List<String> secrets = List.of(canary, base64(canary), lineOf(key), base64(key));
      assertThat(told).doesNotContain(secrets);
      var registry = new RegistryContent(yard);
      assertThat(registry.with(List.of("print(len(open('/mnt/token")))
          .as("the script")
          .isNotEmpty();
      assertThat(registry.with(secrets)).as("of %s", registry.everything()).isEmpty();
    }
  }

  private Run run(String name, String url, String secret) {
    return yard.run(
        name,
        """
        script: train.py
        computeTargetRef: {name: mounting}
        source: {git: {url: "%s", branch: main, secretRef: {name: %s}}}
        runConfiguration:
          environment:
            python: {userManagedDependencies: true}
            docker: {shmSize: 16m, baseImageRegistry: {secretRef: {name: registry}}}
        """
            .formatted(url, secret));
  }

  /** Credentials that the base image's registry does not ask for, and that are offered to it. */
  private String dockerConfig() {
    return "{\"auths\": {\"mcr.microsoft.com\": {\"auth\": \"%s\"}}}"
        .formatted(base64("reader:" + canary));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A line from the middle of a private key, which no other key has. */
  private static String lineOf(String key) {
    List<String> lines = key.lines().toList();
    return lines.get(lines.size() / 2);
  }

  /** Objects of the namespace that are no Secrets, the logs of its pods, and the operator's. */
  private List<String> everythingTold() {
    var told = new ArrayList<String>();
    Map<String, List<String>> kinds =
        Map.of(
            "v1", List.of("Pod", "Event", "ConfigMap"),
            "batch/v1", List.of("Job"),
            "trainyard.dev/v1alpha1",
                List.of("TrainingRun", "RunConfiguration", "ComputeTarget", "Environment"));
    kinds.forEach((version, names) ->
        names.forEach(kind ->
            yard
                .client()
                .genericKubernetesResources(version, kind)
                .inNamespace(yard.namespace())
                .list()
                .getItems()
                .stream()
                .map((GenericKubernetesResource item) -> Serialization.asYaml(item))
                .forEach(told::add)));
    for (Pod pod : yard.client().pods().inNamespace(yard.namespace()).list().getItems()) {
      told.add(log(pod));
    }
    told.add(yard.operator().logTail(10_000));
    return told;
  }

  private String log(Pod pod) {
    try {
      return yard.client().pods().resource(pod).getLog();
    } catch (KubernetesClientException e) {
      return "(no log of " + pod.getMetadata().getName() + ")";
    }
  }
}
