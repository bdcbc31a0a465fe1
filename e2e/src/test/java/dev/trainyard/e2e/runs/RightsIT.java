package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.testbed.install.DeployedOperator;
import dev.trainyard.testbed.install.Installation;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * The rights that the chart gives the operator are those that it uses: stories in which it uses all
 * of them are told, and the API server's audit log says what was asked. A rule that is missing is
 * seen as a refusal, and one that is too many as unused. The testbed's API server enforces the
 * permissions of owner references: one that would keep its run from being deleted is refused, as
 * the rules have nothing on finalizers.
 */
@ExtendWith(YardExtension.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@DisabledIf(value = "hasNoAuditLog", disabledReason = "the cluster's audit log cannot be read here")
@Execution(ExecutionMode.SAME_THREAD)
@Isolated
class RightsIT {
  private static final String UNUSED_AFTER = "TRAINYARD_ENVIRONMENT_UNUSED_AFTER";

  /** JOSDK asks whether it might, and does not start otherwise. */
  private static final String ONLY_CHECKED = "update leases.coordination.k8s.io";

  private final Yard yard;
  private final String unusedAfter;

  RightsIT(Yard yard) {
    this.yard = yard;
    this.unusedAfter = yard.operator().variable(UNUSED_AFTER);
  }

  private static Path state() {
    return Path.of(System.getenv().getOrDefault("KUBECONFIG", "")).resolveSibling("");
  }

  static boolean hasNoAuditLog() {
    return !AuditLog.isThere(state());
  }

  @AfterAll
  void putBack() {
    yard.operator().configure(Map.of(UNUSED_AFTER, unusedAfter));
  }

  @Test
  void everyRuleIsUsedAndNothingElseIsAskedFor() {
    Instant begin = Instant.now();
    beginWithoutLease();
    mountAndExpire();
    cancel();
    refuseThePod();
    distribute();
    buildAndForgetAnEnvironment();
    waitForFlux();
    var log = new AuditLog(state(), serviceAccount(), begin);
    assertThat(log.forbidden()).as("asked for and not in the chart's rules").isEmpty();
    Set<String> unused = granted();
    unused.removeAll(log.allowed());
    unused.remove(ONLY_CHECKED);
    // Who may list may see: one read alone happens after conflicts only.
    unused.removeIf(right -> right.startsWith("get ") && isListed(right));
    assertThat(unused)
        .as("in the chart's rules and never asked for: remove them, or tell a story that uses them")
        .isEmpty();
  }

  /** So that a story of ours would show a right on finalizers that the rules lack. */
  @Test
  void anOwnerReferenceThatHoldsItsRunBackWouldBeRefused() {
    Run run = yard.runOf("owner", "print(1)");
    var operator =
        new ConfigBuilder(yard.client().getConfiguration())
            .withImpersonateUsername(serviceAccount())
            .build();
    try (var client = new KubernetesClientBuilder().withConfig(operator).build()) {
      var job =
          client
              .batch()
              .v1()
              .jobs()
              .load(
                  new ByteArrayInputStream(
                      """
                      apiVersion: batch/v1
                      kind: Job
                      metadata:
                        name: holds-back
                        namespace: %s
                        ownerReferences:
                        - apiVersion: trainyard.dev/v1alpha1
                          kind: TrainingRun
                          name: owner
                          uid: %s
                          blockOwnerDeletion: true
                      spec:
                        template:
                          spec: {restartPolicy: Never, containers: [{name: c, image: none}]}
                      """
                          .formatted(yard.namespace(), run.uid())
                          .getBytes(StandardCharsets.UTF_8)));
      assertThatThrownBy(job::create).hasMessageContaining("you can't set finalizers on");
    }
  }

  private static String serviceAccount() {
    return "system:serviceaccount:" + Installation.NAMESPACE + ":" + DeployedOperator.name();
  }

  /** The first start in a cluster. */
  private void beginWithoutLease() {
    yard.operator().scaleToNothing("operator");
    yard.client()
        .leases()
        .inNamespace(Installation.NAMESPACE)
        .withName("trainyard-operator")
        .delete();
    yard.operator().scaleBack("operator");
  }

  private void mountAndExpire() {
    yard.secret("mounted", Map.of("token", "s3cret"));
    yard.apply(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: mounting}
        spec:
          type: local
          local:
            volumes:
            - {name: token, mountPath: /mnt/token, secret: mounted}
        ---
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: claiming}
        spec:
          type: local
          local: {volumes: [{name: data, mountPath: /mnt/data, persistentVolumeClaim: none}]}
        ---
        apiVersion: trainyard.dev/v1alpha1
        kind: RunConfiguration
        metadata: {name: rights}
        spec: {script: train.py, environment: {python: {userManagedDependencies: true}}}
        """);
    yard.runOf("claims", "print(1)", "computeTargetRef: {name: claiming}")
        .awaitReason("VolumeClaimNotFound");
    yard.runOf(
            "expires", "print(1)", "computeTargetRef: {name: mounting}\nttlSecondsAfterFinished: 1")
        .awaitDeleted();
  }

  private void cancel() {
    Run run = yard.runOf("canceled", "import time; time.sleep(600)");
    run.awaitRunning();
    run.cancel();
    run.awaitEnd(RunPhase.CANCELED);
  }

  private void refuseThePod() {
    Yard.withNamespace(
        "rights-quota",
        quota -> {
          quota.apply(
              """
              apiVersion: v1
              kind: ResourceQuota
              metadata: {name: no-pods}
              spec: {hard: {pods: "0"}}
              """);
          quota.runOf("refused", "print(1)").awaitReason("QuotaExceeded");
        });
  }

  private void distribute() {
    yard.runOf("distributed", "print(1)", "  nodeCount: 2\n").awaitEnd(RunPhase.COMPLETED);
  }

  private void buildAndForgetAnEnvironment() {
    yard.operator().configure(Map.of(UNUSED_AFTER, "PT1S"));
    yard.source("built", "train.py", "print('built')");
    Run run =
        yard.run(
            "built",
            """
            script: train.py
            ttlSecondsAfterFinished: 1
            source: {configMap: {name: built}}
            runConfiguration:
              environment:
                python: {condaDependencies: {dependencies: ["python=3.11"]}}
                docker: {enabled: true, shmSize: 16m}
            """);
    run.awaitDeleted();
    var environments = yard.client().resources(Environment.class).inNamespace(yard.namespace());
    Awaitility.await("the environment that nothing uses is deleted")
        .atMost(Duration.ofMinutes(3))
        .until(() -> environments.list().getItems().isEmpty());
  }

  /** Its kinds are read, and watched once a run waits. */
  private void waitForFlux() {
    try (var flux = new FluxStandIn(yard)) {
      flux.installKinds();
      for (String kind : List.of("GitRepository", "OCIRepository")) {
        String name = kind.toLowerCase(Locale.ROOT);
        Run run =
            yard.run(
                name,
                """
                script: train.py
                source: {flux: {kind: %s, name: none}}
                runConfiguration: {environment: {python: {userManagedDependencies: true}}}
                """
                    .formatted(kind));
        run.awaitReason("FluxSourceNotFound");
        flux.create(yard, kind, "none");
        run.awaitReason("FluxSourceNotReady");
        run.delete();
      }
    }
  }

  private boolean isListed(String get) {
    return granted().contains(get.replaceFirst("^get ", "list "));
  }

  /** What the roles of the release allow. */
  private Set<String> granted() {
    var rbac = yard.client().rbac();
    var granted = new TreeSet<String>();
    Stream.concat(
            rbac.clusterRoles().list().getItems().stream()
                .filter(role -> role.getMetadata().getName().startsWith(DeployedOperator.name()))
                .flatMap(role -> role.getRules().stream()),
            rbac.roles().inNamespace(Installation.NAMESPACE).list().getItems().stream()
                .filter(role -> role.getMetadata().getName().startsWith(DeployedOperator.name()))
                .flatMap(role -> role.getRules().stream()))
        .map(RightsIT::rights)
        .forEach(granted::addAll);
    assertThat(granted).isNotEmpty();
    return granted;
  }

  private static List<String> rights(PolicyRule rule) {
    return rule.getApiGroups().stream()
        .flatMap(group ->
            rule.getResources().stream()
                .flatMap(resource ->
                    rule.getVerbs().stream()
                        .map(verb -> new AuditLog.Right(verb, group, resource).toString())))
        .toList();
  }
}
