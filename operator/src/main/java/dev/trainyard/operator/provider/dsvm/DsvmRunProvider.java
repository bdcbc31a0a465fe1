package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.api.v1alpha1.Communicator;
import dev.trainyard.api.v1alpha1.Framework;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.provider.Outputs;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunProvider;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.provider.TargetState;
import dev.trainyard.operator.provider.Wakeups;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs on Ubuntu machines. Nothing here waits for a machine: {@link Attempts} do. */
public final class DsvmRunProvider implements RunProvider {
  private final DsvmTargetProvider targets;
  private final Runs runs;
  private final Attempts attempts;
  private final Wakeups<TrainingRun> wakeups = new Wakeups<>("dsvm-attempts");
  private final WaitingRuns waiting = new WaitingRuns();

  DsvmRunProvider(
      DsvmTargetProvider targets,
      MachinePool machines,
      Rounds rounds,
      Runs runs,
      Executions executions) {
    this.targets = targets;
    this.runs = runs;
    this.attempts = new Attempts(machines, executions, runs, rounds, targets, wakeups);
    // A new operator may find a target as its status says already, and then nothing is written to
    // it that would wake its runs.
    targets.tell(target -> waiting.take(target).forEach(wakeups::wake));
  }

  @Override
  public List<String> unsupported(RunRequest request) {
    var configuration = request.configuration();
    var problems = new ArrayList<String>();
    if (configuration.nodeCount() > 1 || configuration.communicator() != Communicator.NONE) {
      problems.add(
          "nodeCount "
              + configuration.nodeCount()
              + " and communicator "
              + configuration.communicator()
              + " ask for a distributed run, and a machine is one node: use nodeCount 1 with"
              + " communicator None");
    }
    if (configuration.framework() == Framework.PY_SPARK) {
      problems.add("framework PySpark needs a target of type hdInsight");
    }
    if (configuration.docker()) {
      DockerArguments.problem(configuration.dockerArguments()).ifPresent(problems::add);
    }
    return problems;
  }

  @Override
  public Optional<Obstacle> obstacle(RunRequest request) {
    ResourceID run = ResourceID.fromResource(request.run());
    // Before the target is asked after: what becomes of it from now on is told.
    waiting.add(target(request), run);
    Optional<Obstacle> obstacle = found(request);
    if (obstacle.isEmpty()) {
      waiting.remove(target(request), run);
    }
    return obstacle;
  }

  private Optional<Obstacle> found(RunRequest request) {
    Optional<TargetState> state = targets.lastSeen(target(request));
    if (state.isEmpty()) {
      return Optional.of(
          new Obstacle(
              Reason.COMPUTE_TARGET_NOT_READY,
              "The target " + target(request).getName() + " is looked at for the first time."));
    }
    boolean goesWithoutDocker =
        !request.configuration().docker() && state.get().reason() == Reason.DOCKER_UNAVAILABLE;
    if (!state.get().ready() && !goesWithoutDocker) {
      return Optional.of(
          new Obstacle(
              Reason.COMPUTE_TARGET_NOT_READY,
              "The target "
                  + target(request).getName()
                  + " is not ready: "
                  + state.get().message()));
    }
    return missingGpus(request, state.get());
  }

  private static Optional<Obstacle> missingGpus(RunRequest request, TargetState state) {
    int wanted = ContainerSpec.gpus(request);
    int found = DsvmTargetProvider.gpus(state);
    return wanted <= found
        ? Optional.empty()
        : Optional.of(
            new Obstacle(
                Reason.COMPUTE_TARGET_NOT_READY,
                "The run asks for "
                    + wanted
                    + " GPU, and nvidia-smi on the machine finds "
                    + found
                    + ": install the driver and the NVIDIA container toolkit, or use another"
                    + " target."));
  }

  @Override
  public String backendId(RunAttempt attempt) {
    return attempt.name();
  }

  @Override
  public Optional<Obstacle> submit(RunRequest request) {
    Attempt attempt = attempts.watch(request.attempt());
    if (attempt.submission().isPresent() && attempt.wishStart(request)) {
      attempts.hurry(request.attempt());
    }
    return attempt.submission();
  }

  @Override
  public RunObservation observe(RunAttempt attempt) {
    return attempts.watch(attempt).seen();
  }

  @Override
  public void cancel(RunAttempt attempt) {
    if (attempts.watch(attempt).wishEnd()) {
      attempts.hurry(attempt);
    }
  }

  @Override
  public Optional<String> outputTail(RunAttempt attempt, int maxBytes) {
    return Optional.of(attempts.watch(attempt).tail()).filter(tail -> !tail.isEmpty());
  }

  @Override
  public Optional<InputStream> output(RunAttempt attempt) throws IOException {
    return attempts.remains(attempt).output();
  }

  @Override
  public Outputs outputs(RunAttempt attempt) {
    return attempts.remains(attempt).outputs();
  }

  @Override
  public List<EventSource<?, TrainingRun>> eventSources(EventSourceContext<TrainingRun> context) {
    runs.use(context);
    return List.of(wakeups);
  }

  private static ResourceID target(RunRequest request) {
    return new ResourceID(
        request.configuration().target(), request.run().getMetadata().getNamespace());
  }
}
