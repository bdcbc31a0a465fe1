package dev.trainyard.operator.provider.dsvm;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunObservation.Cause;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Scripts in containers of the machine's Docker engine; one container an attempt, by name. */
final class Containers implements Execution {
  private static final String PID_FILE = "/var/run/docker.pid";
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int LINES = 200;
  private static final Duration STOP = Duration.ofSeconds(40);

  private final ImagePull images;
  private final ImageCache cache;
  private final GpuSlots gpus;

  Containers(ImagePull images, ImageCache cache, GpuSlots gpus) {
    this.images = images;
    this.cache = cache;
    this.gpus = gpus;
  }

  @Override
  public RunObservation observe(SshConnection connection, RunAttempt attempt) throws SshFailure {
    try {
      JsonNode container = new Engine(connection).get("/containers/" + attempt.name() + "/json");
      if (!isOurs(container, attempt)) {
        return new RunObservation.Waiting(
            Reason.CONTAINER_CREATION_FAILED,
            "The machine has a container "
                + attempt.name()
                + " that is not this run's: remove it.");
      }
      RunObservation seen = ContainerDiagnosis.of(container, BootId.of(connection));
      if (ContainerDiagnosis.isEndedBySignal(seen)) {
        seen = ContainerDiagnosis.withEngine(seen, engineStart(connection));
      }
      return seen instanceof RunObservation.Ended ended
              && ended.cause() == Cause.SCRIPT_FAILED
              && (FullDisk.isNamedBy(ended.message()) || FullDisk.isEngines(connection))
          ? FullDisk.blame(ended)
          : seen;
    } catch (EngineException e) {
      if (e.status() == NOT_FOUND) {
        return new RunObservation.Gone();
      }
      throw new SshFailure(
          SshFailure.Kind.SOCKET,
          "the Docker engine of " + connection.host().text() + " says: " + e.getMessage(),
          e);
    }
  }

  /** The engine writes its process id into a file when it starts. */
  private static Optional<Instant> engineStart(SshConnection connection) throws SshFailure {
    SshConnection.Result result =
        connection.run(List.of("stat", "-c", "%Y", PID_FILE), 64, Engine.SHORT);
    String seconds = result.output().strip();
    return seconds.matches("\\d{1,12}")
        ? Optional.of(Instant.ofEpochSecond(Long.parseLong(seconds)))
        : Optional.empty();
  }

  private static boolean isOurs(JsonNode container, RunAttempt attempt) {
    return container
        .path("Config")
        .path("Labels")
        .path(TrainyardApi.RUN_UID_LABEL)
        .asText()
        .equals(attempt.run().getMetadata().getUid());
  }

  @Override
  public void start(SshConnection connection, RunRequest request, Start start)
      throws SshFailure, StartException, MissingSecretException, InterruptedException {
    String digest = request.image().substring(request.image().indexOf('@') + 1);
    cache.starting(request.attempt().name(), digest);
    try {
      begin(connection, request, start);
    } finally {
      cache.started(request.attempt().name());
    }
  }

  private void begin(SshConnection connection, RunRequest request, Start start)
      throws SshFailure, StartException, MissingSecretException, InterruptedException {
    String image = images.ensure(connection, request.image(), start);
    if (start.unwanted().getAsBoolean()) {
      return;
    }
    try {
      try (GpuSlots.Claim claim = gpus.claim(connection, request, start.place().gpus())) {
        create(connection, request, image, start.place().targetUid(), claim.devices());
      }
      ContainerRemains.make(
          connection, request.attempt(), request.configuration().collectedDirectories());
      if (request.configuration().deadlineSeconds().isPresent()) {
        Deadline.startContainer(
            connection,
            request.attempt().name(),
            request.configuration().deadlineSeconds().getAsLong());
      } else {
        new Engine(connection).post("/containers/" + request.attempt().name() + "/start", null);
      }
    } catch (EngineException e) {
      // What kept the script from being started stands in the container, where it is observed.
      if (!(observe(connection, request.attempt()) instanceof RunObservation.Ended)) {
        String said = String.valueOf(e.getMessage());
        throw new StartException(
            FullDisk.isNamedBy(said) ? Reason.MACHINE_DISK_FULL : Reason.CONTAINER_CREATION_FAILED,
            "The Docker engine does not start the container: " + said + ". It is tried again.");
      }
    }
  }

  private static void create(
      SshConnection connection, RunRequest request, String image, String targetUid, String gpus)
      throws SshFailure, EngineException {
    try {
      new Engine(connection)
          .post(
              "/containers/create?name=" + request.attempt().name(),
              ContainerSpec.of(request, image, targetUid, BootId.of(connection), gpus));
    } catch (EngineException e) {
      // A create of ours got through before; whose it is was looked at when it was observed.
      if (e.status() != CONFLICT && !isMade(connection, request.attempt())) {
        throw e;
      }
    }
  }

  /** podman answers a name that is taken with the status of any trouble. */
  private static boolean isMade(SshConnection connection, RunAttempt attempt) throws SshFailure {
    try {
      return isOurs(new Engine(connection).get("/containers/" + attempt.name() + "/json"), attempt);
    } catch (EngineException e) {
      return false;
    }
  }

  @Override
  public void stop(SshConnection connection, RunAttempt attempt) throws SshFailure {
    ask(connection, "POST", "/containers/" + attempt.name() + "/stop?t=10");
  }

  @Override
  public void remove(SshConnection connection, RunAttempt attempt) throws SshFailure {
    stop(connection, attempt);
    ask(connection, "DELETE", "/containers/" + attempt.name() + "?force=1&v=1");
  }

  /** A refusal is seen in what is observed next. */
  static void ask(SshConnection connection, String method, String path) throws SshFailure {
    try {
      new Engine(connection).call(method, path, null, STOP);
    } catch (EngineException e) {
      if (e.status() == 0) {
        throw new SshFailure(SshFailure.Kind.SOCKET, String.valueOf(e.getMessage()), e);
      }
    }
  }

  @Override
  public String tail(SshConnection connection, RunAttempt attempt, int maxBytes) throws SshFailure {
    return ContainerRemains.tail(connection, attempt, LINES, maxBytes);
  }

  @Override
  public Remains remains() {
    return new ContainerRemains();
  }

  /** What a machine has of us: one line a container. */
  record Kept(String id, String namespace, String run, String runUid, int attempt) {}

  /** The containers that were made for runs on a target. */
  static List<Kept> list(SshConnection connection, String targetUid)
      throws SshFailure, EngineException {
    String filter = "{\"label\":[\"" + ContainerSpec.TARGET_LABEL + "=" + targetUid + "\"]}";
    var kept = new java.util.ArrayList<Kept>();
    for (JsonNode container :
        new Engine(connection).get("/containers/json?all=1&filters=" + Engine.encoded(filter))) {
      JsonNode labels = container.path("Labels");
      kept.add(
          new Kept(
              container.path("Id").asText(),
              labels.path(ContainerSpec.NAMESPACE_LABEL).asText(),
              labels.path(ContainerSpec.RUN_LABEL).asText(),
              labels.path(TrainyardApi.RUN_UID_LABEL).asText(),
              labels.path(TrainyardApi.ATTEMPT_LABEL).asInt()));
    }
    return kept;
  }
}
