package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.api.v1alpha1.Communicator;
import dev.trainyard.api.v1alpha1.Framework;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunProvider;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.provider.Submission;
import dev.trainyard.operator.provider.TargetState;
import dev.trainyard.operator.provider.Wakeups;
import dev.trainyard.operator.status.Obstacle;
import dev.trainyard.operator.status.Reason;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs on Ubuntu machines. Nothing here waits for a machine: {@link Attempts} do. */
public final class DsvmRunProvider implements RunProvider {
  private final DsvmTargetProvider targets;
  private final Runs runs;
  private final Attempts attempts;
  private final Execution containers;
  private final Execution processes;
  private final Wakeups<TrainingRun> wakeups = new Wakeups<>("dsvm-attempts");

  DsvmRunProvider(
      DsvmTargetProvider targets,
      MachinePool machines,
      Rounds rounds,
      Runs runs,
      Execution containers,
      Execution processes) {
    this.targets = targets;
    this.runs = runs;
    this.containers = containers;
    this.processes = processes;
    this.attempts = new Attempts(machines, runs, rounds, wakeups, targets::hurry);
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
    if (!configuration.docker() && !configuration.userManaged()) {
      problems.add(
          "environment.docker.enabled is false and environment.python.userManagedDependencies is"
              + " false: without Docker a machine uses an interpreter that is there, so set one of"
              + " them to true");
    }
    return problems;
  }

  @Override
  public Optional<Obstacle> obstacle(RunRequest request) {
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
    int found =
        state
            .machine()
            .map(machine -> machine.gpus() == null ? 0 : machine.gpus().size())
            .orElse(0);
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
  public String backendId(RunRequest request) {
    return request.attemptName();
  }

  @Override
  public Submission submit(RunRequest request) {
    Attempt attempt = watch(request);
    if (!(attempt.submission() instanceof Submission.Accepted) && attempt.wishStart()) {
      attempts.hurry(request);
    }
    return attempt.submission();
  }

  @Override
  public RunObservation observe(RunRequest request) {
    return watch(request).seen();
  }

  @Override
  public void cancel(RunRequest request) {
    if (watch(request).wishEnd()) {
      attempts.hurry(request);
    }
  }

  @Override
  public Optional<String> outputTail(RunRequest request, int maxBytes) {
    return Optional.of(watch(request).tail());
  }

  @Override
  public List<EventSource<?, TrainingRun>> eventSources(EventSourceContext<TrainingRun> context) {
    runs.use(context);
    return List.of(wakeups);
  }

  private Attempt watch(RunRequest request) {
    return attempts.watch(request, containers, targets.uid(target(request)).orElse(""));
  }

  private static ResourceID target(RunRequest request) {
    return new ResourceID(
        request.configuration().target(), request.run().getMetadata().getNamespace());
  }
}
