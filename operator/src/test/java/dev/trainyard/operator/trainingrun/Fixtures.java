package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.ComputeTargetSpec;
import dev.trainyard.api.v1alpha1.ComputeTargetType;
import dev.trainyard.api.v1alpha1.RunConfigurationSpec;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.operator.history.AttemptHistory;
import dev.trainyard.operator.history.Collection;
import dev.trainyard.operator.provider.Providers;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunProvider;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver.InvalidConfigurationException;
import dev.trainyard.operator.source.Packing;
import dev.trainyard.operator.source.SourcePacker;
import dev.trainyard.operator.status.ConditionType;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Runs, and what stands for the world around them, in tests of single steps. */
final class Fixtures {
  static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-01T12:00:00Z"), ZoneOffset.UTC);

  private static final ComputeTargetSpec LOCAL =
      new ComputeTargetSpec(
          ComputeTargetType.LOCAL, null, null, null, null, null, null, null, null);

  private Fixtures() {}

  /** A run as the API server has it, with further lines of its spec. */
  static TrainingRun run(String spec) {
    return Serialization.unmarshal(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: TrainingRun
        metadata: {name: ridge, namespace: team, uid: 0f0f0f0f-1111-2222-3333-444444444444, generation: 1, resourceVersion: "7"}
        spec:
          source: {configMap: {name: code}}
          script: train.py
          runConfiguration: {environment: {python: {userManagedDependencies: true}}}
        """
            + spec.indent(2),
        TrainingRun.class);
  }

  /** The same run after the steps left that status. */
  static TrainingRun with(TrainingRun run, TrainingRunStatus status) {
    TrainingRun after = Serialization.clone(run);
    after.setStatus(Serialization.clone(status));
    return after;
  }

  /** A run that was accepted, for a provider. */
  static RunProgress accepted(TrainingRun run, RunProvider provider) {
    var progress = new RunProgress(run, CLOCK);
    try {
      RunConfigurationSpec configuration = run.getSpec().runConfiguration();
      if (configuration == null) {
        throw new IllegalArgumentException("fixtures have an inline configuration");
      }
      progress.accepted(
          new ConfigurationResolver("base:1").resolve(configuration, run.getSpec()),
          LOCAL,
          provider);
      progress.image("localhost:30500/trainyard/team@sha256:" + "0".repeat(64));
    } catch (InvalidConfigurationException e) {
      throw new IllegalArgumentException(e);
    }
    return progress;
  }

  /** A run whose first attempt was handed to the provider. */
  static RunProgress submitted(TrainingRun run, FakeBackend backend) {
    RunProgress progress = accepted(run, backend);
    new SubmitStep((namespace, image) -> true, CLOCK).execute(progress);
    new SubmitStep((namespace, image) -> true, CLOCK).execute(progress);
    progress.conditions().set(ConditionType.SUBMITTED, true, Reason.DONE, "Attempt 1 is made.");
    return progress;
  }

  static Providers providers(RunProvider runs) {
    return new Providers(
        Map.of(
            ComputeTargetType.LOCAL,
            new Providers.Provider(
                target -> {
                  throw new UnsupportedOperationException("not asked by runs");
                },
                runs)));
  }

  static RunObservation.Ended ended(RunObservation.Cause cause, int exitCode) {
    return new RunObservation.Ended(
        cause,
        Optional.of(exitCode),
        "It ended.",
        Optional.of("2026-01-01T11:00:00Z"),
        Optional.of("2026-01-01T11:30:00Z"));
  }

  /** A backend whose answers a test sets, and which remembers what it was asked to do. */
  static final class FakeBackend implements RunProvider {
    final List<String> calls = new ArrayList<>();
    RunObservation observation = new RunObservation.Gone();
    Optional<Obstacle> refusal = Optional.empty();
    Optional<Obstacle> obstacle = Optional.empty();
    Optional<String> output = Optional.empty();

    @Override
    public List<String> unsupported(RunRequest request) {
      return List.of();
    }

    @Override
    public Optional<Obstacle> obstacle(RunRequest request) {
      return obstacle;
    }

    @Override
    public String backendId(RunAttempt attempt) {
      return attempt.run().getMetadata().getName() + "-" + attempt.number();
    }

    @Override
    public Optional<Obstacle> submit(RunRequest request) {
      calls.add("submit " + request.attempt().number());
      return refusal;
    }

    @Override
    public RunObservation observe(RunAttempt attempt) {
      return observation;
    }

    @Override
    public void cancel(RunAttempt attempt) {
      calls.add("cancel " + attempt.number());
    }

    @Override
    public Optional<String> outputTail(RunAttempt attempt, int maxBytes) {
      return output;
    }
  }

  /** A history that has everything at once, unless it is told to take its time. */
  static final class FakeHistory implements AttemptHistory {
    final List<String> calls = new ArrayList<>();
    Collection collection =
        new Collection.Complete(
            null, null, Map.of("mse", "2.5"), "epoch 3", null, List.of(), List.of());

    @Override
    public void follow(RunProvider provider, RunAttempt attempt) {
      calls.add("follow " + attempt.number());
    }

    @Override
    public Collection collect(RunProvider provider, RunAttempt attempt) {
      calls.add("collect " + attempt.number());
      return collection;
    }

    @Override
    public void forget(RunAttempt attempt) {
      calls.add("forget " + attempt.number());
    }
  }

  /** A source that remembers whether it was told to stop. */
  static final class FakeSource implements SourcePacker {
    boolean abandoned;

    @Override
    public Packing pack(TrainingRun run) {
      return new Packing.Held(Reason.CONFIG_MAP_NOT_FOUND, "There is none.");
    }

    @Override
    public Packing.NotPacked refuse(TrainingRun run, Reason reason, String message) {
      return new Packing.Held(reason, message);
    }

    @Override
    public void abandon(TrainingRun run) {
      abandoned = true;
    }
  }
}
