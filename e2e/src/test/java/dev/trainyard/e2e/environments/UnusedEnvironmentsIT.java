package dev.trainyard.e2e.environments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.RunConfiguration;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.e2e.faults.OperatorProcess;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * Environments that nothing uses go after a while, which is some seconds here, with their images.
 */
@Isolated("takes the chart's operator away")
class UnusedEnvironmentsIT {
  private static final String PRINT = "import tabulate; print(tabulate.__version__)";
  private static final String DEPENDENCIES =
      "{channels: [conda-forge], dependencies: [python=3.11, tabulate]}";
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private static OtherOperators operators;

  @BeforeAll
  static void begin() throws IOException {
    operators = new OtherOperators();
  }

  @AfterAll
  static void end() {
    operators.close();
  }

  @Test
  void oneGoesWithItsImageAlsoWhenTheOperatorWasAwayAndIsBuiltAnewWhenNeeded() throws Exception {
    Duration kept = Duration.ofSeconds(20);
    Map<String, String> settings = Map.of("UNUSED_AFTER", kept.toString());
    try (Runs runs = new Runs()) {
      var registry = new NodeRegistry(runs.client());
      Environment before;
      try (OperatorProcess operator = operators.start(runs, settings)) {
        runs.start("first", PRINT, DEPENDENCIES);
        before = runs.environment(runs.over("first"));
        assertThat(registry.status(NodeRegistry.image(before))).as(operator.log()).isEqualTo(200);
        operator.kill();
      }
      String name = before.getMetadata().getName();
      Instant end = Instant.parse(Objects.requireNonNull(runs.get("first").getStatus().endTime()));
      await().atMost(PATIENCE).until(() -> Instant.now().isAfter(end.plus(kept)));
      assertThat(runs.environment(name)).isNotNull();
      try (OperatorProcess operator = operators.start(runs, settings)) {
        await().alias(operator.log()).atMost(PATIENCE).until(() -> runs.environment(name) == null);
        assertThat(registry.status(runs.tag(before, ""))).isEqualTo(404);
        assertThat(registry.status(runs.tag(before, "-lock"))).isEqualTo(404);
        runs.start("again", PRINT, DEPENDENCIES);
        Environment again = runs.environment(runs.over("again"));
        assertThat(again.getStatus().image()).isEqualTo(before.getStatus().image());
        assertThat(again.getStatus().buildPhases()).containsKey("pack");
        assertThat(again.getMetadata().getUid()).isNotEqualTo(before.getMetadata().getUid());
      }
    }
  }

  @Test
  void oneThatAnUnfinishedRunOrAPreparedConfigurationUsesStays() throws IOException {
    try (Runs runs = new Runs();
        OperatorProcess operator = operators.start(runs, Map.of("UNUSED_AFTER", "PT6S"))) {
      runs.start(
          "long",
          "import time; [time.sleep(1) for i in range(45)]",
          "{channels: [conda-forge], dependencies: [python=3.11, six]}");
      runs.apply(
          """
          apiVersion: trainyard.dev/v1alpha1
          kind: RunConfiguration
          metadata: {name: prepared, annotations: {trainyard.dev/prepare-environment: "true"}}
          spec:
            script: train.py
            environment:
              python: {userManagedDependencies: false, condaDependencies: %s}
              docker: {enabled: true}
          """
              .formatted(DEPENDENCIES));
      await()
          .alias(operator.log())
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(() -> runs.get("long").getStatus().phase() == RunPhase.RUNNING);
      await()
          .during(Duration.ofSeconds(18))
          .atMost(Duration.ofMinutes(1))
          .until(() -> runs.environments().size() == 2);
      String used = runs.environment(runs.get("long")).getMetadata().getName();
      TrainingRun run = runs.over("long");
      assertThat(run.getStatus().phase()).isEqualTo(RunPhase.COMPLETED);
      await().atMost(PATIENCE).until(() -> runs.environment(used) == null);
      assertThat(runs.environments()).hasSize(1);
      runs.client()
          .resources(RunConfiguration.class)
          .inNamespace(runs.namespace())
          .withName("prepared")
          .edit(configuration -> {
            configuration.getMetadata().getAnnotations().remove(TrainyardApi.PREPARE_ANNOTATION);
            return configuration;
          });
      await().atMost(PATIENCE).until(() -> runs.environments().isEmpty());
    }
  }

  @Test
  void aRunThatArrivesWhileOneGoesCompletes() throws IOException {
    Duration kept = Duration.ofSeconds(4);
    try (Runs runs = new Runs();
        OperatorProcess operator = operators.start(runs, Map.of("UNUSED_AFTER", kept.toString()))) {
      runs.start("round-0", PRINT, DEPENDENCIES);
      for (int round = 1; round <= 5; round++) {
        TrainingRun last = runs.over("round-" + (round - 1));
        assertThat(last.getStatus().phase())
            .as("%s%n%s", last.getStatus(), operator.log())
            .isEqualTo(RunPhase.COMPLETED);
        // Each a little later, around the moment at which it goes; times have whole seconds.
        Instant arrival =
            Instant.parse(Objects.requireNonNull(last.getStatus().endTime()))
                .plus(kept)
                .plusMillis(100L * round - 300);
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(10))
            .until(() -> Instant.now().isAfter(arrival));
        runs.start("round-" + round, "print(%d)".formatted(round), DEPENDENCIES);
      }
      TrainingRun last = runs.over("round-5");
      assertThat(last.getStatus().phase()).as(operator.log()).isEqualTo(RunPhase.COMPLETED);
    }
  }
}
