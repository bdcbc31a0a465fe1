package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.oci.Credentials;
import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryClient;
import dev.trainyard.oci.RegistryEndpoints;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.eclipse.jgit.api.errors.GitAPIException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/** The operator or its registry goes away in mid-run, or is set up otherwise. One at a time. */
@ExtendWith(YardExtension.class)
@Isolated("takes the operator and its registry away")
@Execution(ExecutionMode.SAME_THREAD)
class DisturbedRunsIT {
  private static final String UNTIL_TOLD =
      """
      import os, time
      while not os.path.exists("/tmp/go"):
          time.sleep(0.2)
      print("done")
      """;

  private final Yard yard;

  DisturbedRunsIT(Yard yard) {
    this.yard = yard;
  }

  @Test
  void aRunGoesOnAndEndsOnceWhenTheOperatorIsKilled() {
    Run run = yard.runOf("killed", UNTIL_TOLD);
    run.awaitRunning();
    yard.operator().kill();
    assertThat(run.status().phase()).isEqualTo(RunPhase.RUNNING);
    run.exec("touch", "/tmp/go");
    assertThat(run.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("done");
    assertThat(run.attempts()).hasSize(1);
    assertThat(run.jobs()).hasSize(1);
    assertThat(run.pods()).hasSize(1);
    assertThat(run.eventReasons()).doesNotHaveDuplicates();
  }

  @Test
  void theDeadlineHoldsWhileThereIsNoOperator() {
    Run run = yard.runOf("overdue", UNTIL_TOLD, "  maxRunDurationSeconds: 10");
    run.awaitRunning();
    yard.operator().scaleToNothing("operator");
    try {
      Awaitility.await("the kubelet ends the pod")
          .atMost(Duration.ofSeconds(60))
          .until(() -> "DeadlineExceeded".equals(run.trainingPod().getStatus().getReason()));
      assertThat(run.status().phase()).isEqualTo(RunPhase.RUNNING);
    } finally {
      yard.operator().scaleBack("operator");
    }
    run.awaitEnd(RunPhase.FAILED);
    assertThat(run.reason()).isEqualTo("DeadlineExceeded");
  }

  @Test
  void aRunWaitsForTheRegistryAndGoesOnWhenItComesBackEmpty() {
    yard.operator().scaleToNothing("registry");
    Run run;
    try {
      run = yard.runOf("no-registry", "print('sent')");
      run.awaitReason("RegistryUnreachable");
    } finally {
      yard.operator().scaleBack("registry");
    }
    assertThat(run.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("sent");
  }

  @Test
  void aPrivateBaseImageAndAPasswordForGitOverHttpOpenWhatTheyShould()
      throws IOException, GeneralSecurityException, GitAPIException, RegistryException {
    String mirrors = yard.operator().variable("TRAINYARD_REGISTRY_MIRRORS");
    privateRegistry(mirrors);
    try (var server = new GitServer(URI.create(yard.client().getMasterUrl().toString()))) {
      String commit = server.commit(Map.of("train.py", "print('from both')"));
      yard.operator()
          .configure(
              Map.of(
                  "TRAINYARD_ALLOW_INSECURE_SOURCES",
                  "true",
                  "TRAINYARD_REGISTRY_MIRRORS",
                  mirrors
                      + ",private.example=http://private.%s.svc:5000".formatted(yard.namespace())));
      Run run =
          yard.run(
              "private",
              """
              script: train.py
              source: {git: {url: "%s", commit: %s, secretRef: {name: git-password}}}
              runConfiguration:
                environment:
                  python: {userManagedDependencies: true}
                  docker:
                    baseImage: private.example/team/base:1
                    baseImageRegistry: {secretRef: {name: registry-password}}
              """
                  .formatted(server.httpUrl(), commit));
      yard.secret("git-password", Map.of("username", "git", "password", "wrong"));
      run.awaitReason("AuthenticationFailed");
      yard.secret("git-password", Map.of("username", "git", "password", GitServer.PASSWORD));
      run.awaitReason("SecretNotFound");
      registryPassword("wrong");
      run.awaitReason("RegistryUnauthorized");
      registryPassword(GitServer.PASSWORD);
      assertThat(run.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo("from both");
      assertThat(run.snapshot().commit()).isEqualTo(commit);
      assertThat(run.report()).doesNotContain(GitServer.PASSWORD);
    } finally {
      yard.operator()
          .configure(
              Map.of(
                  "TRAINYARD_ALLOW_INSECURE_SOURCES",
                  "false",
                  "TRAINYARD_REGISTRY_MIRRORS",
                  mirrors));
    }
  }

  private void registryPassword(String password) {
    String login =
        Base64.getEncoder().encodeToString(("ci:" + password).getBytes(StandardCharsets.UTF_8));
    yard.secret(
        "registry-password",
        Map.of(
            ".dockerconfigjson",
            "{\"auths\": {\"private.example\": {\"auth\": \"%s\"}}}".formatted(login)));
  }

  /** A registry of the namespace's own that wants a password, with one base image in it. */
  private void privateRegistry(String mirrors) throws RegistryException {
    yard.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: htpasswd}
        data: {htpasswd: "ci:%s"}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: private}
        spec:
          type: NodePort
          selector: {app: private}
          ports: [{port: 5000}]
        ---
        apiVersion: v1
        kind: Pod
        metadata: {name: private, labels: {app: private}}
        spec:
          securityContext: {runAsNonRoot: true, runAsUser: 1000, seccompProfile: {type: RuntimeDefault}}
          containers:
          - name: registry
            image: docker.io/library/registry:2
            env:
            - {name: REGISTRY_AUTH_HTPASSWD_REALM, value: private}
            - {name: REGISTRY_AUTH_HTPASSWD_PATH, value: /auth/htpasswd}
            readinessProbe: {tcpSocket: {port: 5000}, periodSeconds: 1}
            securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
            volumeMounts:
            - {name: auth, mountPath: /auth}
            - {name: data, mountPath: /var/lib/registry}
          volumes:
          - {name: auth, configMap: {name: htpasswd}}
          - {name: data, emptyDir: {}}
        """
            // bcrypt of GitServer.PASSWORD
            .formatted("$2b$04$ye.Yct.BBiO5MP0x56fnGOIU97O2NX9S1S/43ceznYb.Uk1Q0JgRq"));
    Awaitility.await("the private registry is ready")
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> yard.client().pods().inNamespace(yard.namespace()).withName("private").isReady());
    copyBaseImage(mirrors);
  }

  private void copyBaseImage(String mirrors) throws RegistryException {
    Pod pod = yard.client().pods().inNamespace(yard.namespace()).withName("private").require();
    Service service =
        yard.client().services().inNamespace(yard.namespace()).withName("private").require();
    String address =
        pod.getStatus().getHostIP() + ":" + service.getSpec().getPorts().getFirst().getNodePort();
    String config =
        "{\"auths\": {\"%s\": {\"username\": \"ci\", \"password\": \"%s\"}}}"
            .formatted(address, GitServer.PASSWORD);
    var registry = new RegistryClient(new RegistryEndpoints(byHost(mirrors), Set.of(address)));
    var from = new Repository("mcr.microsoft.com", "azureml/base", Credentials.NONE);
    var to =
        new Repository(
            address,
            "team/base",
            Credentials.fromDockerConfig(config.getBytes(StandardCharsets.UTF_8)));
    Awaitility.await("the node port answers")
        .atMost(Duration.ofSeconds(60))
        .ignoreException(RegistryException.class)
        .until(() -> registry.manifest(to, "1").isEmpty());
    Manifest base = registry.image(from, "0.2.4");
    for (Descriptor layer : base.layers()) {
      registry.copyBlob(from, to, layer, bytes -> {});
    }
    registry.copyBlob(from, to, base.config(), bytes -> {});
    registry.pushManifest(
        to, "1", base.mediaType(), base.json().toString().getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, String> byHost(String mirrors) {
    return Arrays.stream(mirrors.split(","))
        .filter(mirror -> !mirror.isBlank())
        .map(mirror -> mirror.split("=", 2))
        .collect(Collectors.toMap(mirror -> mirror[0], mirror -> mirror[1]));
  }
}
