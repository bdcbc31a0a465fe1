package dev.trainyard.e2e.environments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentState;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.e2e.environments.Gate.Mode;
import dev.trainyard.e2e.faults.OperatorProcess;
import io.fabric8.kubernetes.api.model.Condition;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * What settings do to builds: limits that are too low, servers that are not there, proxies, caches.
 */
@Isolated("takes the chart's operator away")
class EnvironmentSettingsIT {
  private static final String PRINT = "import tabulate; print(tabulate.__version__)";
  private static final String SMALL =
      "{channels: [conda-forge], dependencies: [python=3.11, tabulate]}";
  private static final String LARGE =
      "{channels: [conda-forge], dependencies: [python=3.11, scikit-learn, pip: [humanize]]}";
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static OtherOperators operators;

  /** Root of the testbed's package server. */
  private static URI packages;

  @BeforeAll
  static void begin() throws IOException {
    operators = new OtherOperators();
    Matcher server =
        Pattern.compile("http://[0-9.]+:\\d+(?=/channel)")
            .matcher(operators.setting("TRAINYARD_ENVIRONMENT_CHANNELS"));
    assumeThat(server.find()).as("the cluster has the testbed's package server").isTrue();
    packages = URI.create(server.group() + "/");
  }

  @AfterAll
  static void end() {
    operators.close();
  }

  @Test
  void aBuildThatNeedsMoreMemoryThanItMaySaysWhatToRaise() throws IOException {
    TrainingRun run = failed(SMALL, Map.of("MEMORY_REQUEST", "16Mi", "MEMORY_LIMIT", "24Mi"));
    assertThat(ready(run).getReason()).isEqualTo("BuildOutOfMemory");
    assertThat(ready(run).getMessage()).contains("24Mi", "environments.memoryLimit");
  }

  @Test
  void aBuildThatTakesTooLongSaysWhatToRaise() throws IOException {
    TrainingRun run = failed(LARGE, Map.of("DEADLINE", "PT5S"));
    assertThat(ready(run).getReason()).isEqualTo("BuildDeadlineExceeded");
    assertThat(ready(run).getMessage())
        .contains("PT5S", "environments.deadline", "seen of it: Building for");
  }

  @Test
  void aBuildThatNeedsMoreDiskThanItMayIsEndedByTheNodeAndSaysWhatToRaise() throws IOException {
    try (Gate index = Gate.plain(packages)) {
      // The kubelet looks at volumes about every minute: pip waits for an index that says nothing.
      index.mode(Mode.SILENT);
      TrainingRun run =
          failed(
              LARGE,
              Map.of("STORAGE", "30Mi", "PIP_INDEX_URL", "http://" + index.address() + "/simple"));
      assertThat(ready(run).getReason()).isEqualTo("DiskFull");
      assertThat(ready(run).getMessage()).contains("30Mi", "environments.storage");
    }
  }

  @Test
  void aChannelThatIsOutOfOrderForAWhileDelaysABuildAndAnotherSpecificationDoesNotWait()
      throws IOException {
    try (Runs runs = new Runs();
        Gate gate = Gate.plain(packages)) {
      gate.mode(Mode.OUT_OF_ORDER);
      Map<String, String> settings =
          Map.of(
              "CHANNELS",
              operators.setting("TRAINYARD_ENVIRONMENT_CHANNELS")
                  + ",mirror=http://"
                  + gate.address()
                  + "/channel");
      try (OperatorProcess operator = operators.start(runs, settings)) {
        runs.start("waits", PRINT, "{channels: [mirror], dependencies: [python=3.11, tabulate]}");
        await()
            .alias(operator.log())
            .atMost(PATIENCE)
            .ignoreExceptions()
            .until(() -> ready(runs.get("waits")).getMessage().contains("It is tried again after"));
        assertThat(ready(runs.get("waits")).getReason()).isEqualTo("ChannelUnreachable");
        assertThat(ready(runs.get("waits")).getMessage()).contains("answers 503");
        runs.start("changed", PRINT, SMALL);
        TrainingRun changed = runs.over("changed");
        assertThat(changed.getStatus().phase()).isEqualTo(RunPhase.COMPLETED);
        assertThat(runs.environment(changed).getStatus().build()).isEqualTo(1);
        gate.mode(Mode.OPEN);
        TrainingRun waited = runs.over("waits");
        assertThat(waited.getStatus().phase()).isEqualTo(RunPhase.COMPLETED);
        assertThat(runs.environment(waited).getStatus().build()).isGreaterThan(1);
        assertThat(runs.environment(waited).getStatus().failures()).isNull();
      }
    }
  }

  @Test
  void aChannelThatStaysOutOfOrderIsNotAskedForEver() throws IOException {
    try (Gate gate = Gate.plain(packages)) {
      gate.mode(Mode.OUT_OF_ORDER);
      Map<String, String> settings =
          Map.of("ATTEMPTS", "2", "CHANNELS", "conda-forge=http://" + gate.address() + "/channel");
      TrainingRun run = failed(SMALL, settings);
      assertThat(ready(run).getReason()).isEqualTo("ChannelUnreachable");
      assertThat(ready(run).getMessage()).contains("tried 2 times", "environments.attempts");
    }
  }

  @Test
  void aRegistryThatIsAwayDuringABuildAndLosesTheSourceOnlyDelaysTheRun() throws Exception {
    try (Runs runs = new Runs();
        Gate channel = Gate.plain(packages);
        Gate registry = Gate.plain(NodeRegistry.root(runs.client()));
        OperatorProcess operator =
            operators.start(
                runs,
                Map.of(
                    "TRAINYARD_REGISTRY_PUSH",
                    registry.address(),
                    "CHANNELS",
                    "conda-forge=http://" + channel.address() + "/channel"))) {
      channel.mode(Mode.SILENT);
      runs.start("cut-off", PRINT, SMALL);
      new BuildPods(runs).doing("cut-off", "conda", "solving");
      registry.mode(Mode.OUT_OF_ORDER);
      channel.mode(Mode.OPEN);
      await()
          .alias(operator.log())
          .atMost(PATIENCE)
          .until(() -> ready(runs.get("cut-off")).getReason(), "RegistryUnreachable"::equals);
      assertThat(ready(runs.get("cut-off")).getMessage()).contains(registry.address(), "503");
      new NodeRegistry(runs.client()).delete(runs.namespace(), snapshot(runs.get("cut-off")));
      registry.mode(Mode.OPEN);
      TrainingRun run = runs.over("cut-off");
      assertThat(run.getStatus().phase()).as(operator.log()).isEqualTo(RunPhase.COMPLETED);
      assertThat(runs.environment(run).getStatus().failures()).isNull();
    }
  }

  @Test
  void builtPackagesComeFromTheClaimThatTheOperatorMade() throws IOException {
    try (Runs runs = new Runs();
        CacheVolume volume = CacheVolume.onDisk(runs.client());
        OperatorProcess operator =
            operators.start(runs, Map.of("CACHE_STORAGE_CLASS", volume.storageClass()))) {
      operators.allowClaims(runs);
      runs.start("cold", PRINT, SMALL);
      assertThat(downloaded(runs, "cold")).as(operator.log()).isPositive();
      runs.start(
          "warm", PRINT, "{channels: [conda-forge], dependencies: [python=3.11, tabulate>=0.1]}");
      assertThat(downloaded(runs, "warm")).isZero();
      assertThat(
              runs.client()
                  .persistentVolumeClaims()
                  .inNamespace(runs.namespace())
                  .withName("trainyard-package-cache")
                  .get()
                  .getStatus()
                  .getPhase())
          .isEqualTo("Bound");
    }
  }

  @Test
  void aPackageCacheThatIsFullIsNamed() throws IOException {
    try (Runs runs = new Runs();
        CacheVolume volume = CacheVolume.inMemory(runs.client(), "6Mi");
        OperatorProcess operator =
            operators.start(runs, Map.of("CACHE_STORAGE_CLASS", volume.storageClass()))) {
      operators.allowClaims(runs);
      runs.start("full", PRINT, SMALL);
      TrainingRun run = runs.over("full");
      assertThat(ready(run).getReason()).as(operator.log()).isEqualTo("DiskFull");
      assertThat(ready(run).getMessage()).contains("PersistentVolumeClaim trainyard-package-cache");
    }
  }

  @Test
  void proxiesAndAuthoritiesLeadToChannelsIndexAndRegistry() throws IOException {
    try (Runs runs = new Runs();
        GuardedNetwork network = new GuardedNetwork(packages, NodeRegistry.root(runs.client()));
        OperatorProcess operator = operators.start(runs, network.settings())) {
      runs.apply(network.authorities());
      runs.start(
          "through",
          "import humanize; print(humanize.intcomma(1000))",
          "{channels: [tls, plain], dependencies: [python=3.11, pip: [humanize==4.9.0]]}");
      TrainingRun run = runs.over("through");
      assertThat(run.getStatus().phase())
          .as("%s%n%s", run.getStatus(), operator.log())
          .isEqualTo(RunPhase.COMPLETED);
      assertThat(network.throughPlainProxy()).containsExactly("packages.example");
      assertThat(network.throughTunnels())
          .containsExactlyInAnyOrder("packages.example:443", "registry.example:443");
      assertThat(network.packagesOverTls())
          .containsExactlyInAnyOrder("packages.example", network.directIndex());
      assertThat(network.registryOverTls()).containsExactly("registry.example");
    }
  }

  @Test
  void aMovedTagOfABaseImageIsAnotherEnvironment() throws Exception {
    try (Runs runs = new Runs();
        OperatorProcess operator = operators.start(runs, Map.of("BASE_IMAGE_CHECK", "PT1S"))) {
      var base = new MovedBase(operators.setting("TRAINYARD_REGISTRY_MIRRORS"));
      String first = base.move();
      runs.startOn(base.reference(), "before", PRINT, SMALL);
      TrainingRun before = runs.over("before");
      assertThat(before.getStatus().phase()).as(operator.log()).isEqualTo(RunPhase.COMPLETED);
      assertThat(runs.environment(before).getSpec().baseImage()).endsWith(first);
      String second = base.move();
      // The answer of a second ago counts no more once the base was asked for again.
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofSeconds(2))
          .untilAsserted(() -> {
            String name = "after-" + System.nanoTime();
            runs.startOn(base.reference(), name, PRINT, SMALL);
            TrainingRun after = runs.over(name);
            assertThat(after.getStatus().phase()).isEqualTo(RunPhase.COMPLETED);
            assertThat(runs.environment(after).getSpec().baseImage()).endsWith(second);
            assertThat(runs.environment(after).getSpec().hash())
                .isNotEqualTo(runs.environment(before).getSpec().hash());
          });
    }
  }

  private static TrainingRun failed(String dependencies, Map<String, String> settings)
      throws IOException {
    try (Runs runs = new Runs();
        OperatorProcess operator = operators.start(runs, settings)) {
      runs.start("fails", PRINT, dependencies);
      TrainingRun run = runs.over("fails");
      assertThat(run.getStatus().phase()).as(operator.log()).isEqualTo(RunPhase.FAILED);
      Environment environment = runs.environment(run);
      assertThat(environment.getStatus().state()).isEqualTo(EnvironmentState.FAILED);
      assertThat(runs.unfinishedBuilds(environment)).isEmpty();
      return run;
    }
  }

  private static long downloaded(Runs runs, String name) {
    TrainingRun run = runs.over(name);
    assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(RunPhase.COMPLETED);
    Map<String, String> phases =
        Objects.requireNonNull(runs.environment(run).getStatus().buildPhases());
    return Long.parseLong(phases.getOrDefault("downloadedBytes", "-1"));
  }

  private static String snapshot(TrainingRun run) {
    return Objects.requireNonNull(run.getStatus().snapshot(), "the source is packed").digest();
  }

  private static Condition ready(TrainingRun run) {
    return run.getStatus().conditions().stream()
        .filter(condition -> condition.getType().equals("Ready"))
        .findFirst()
        .orElseThrow();
  }
}
