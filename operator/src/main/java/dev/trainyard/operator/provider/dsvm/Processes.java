package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.api.v1alpha1.TrainingRunStatus.SnapshotStatus;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.status.Reason;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * Scripts that run with an interpreter of the machine, without Docker: a folder an attempt under
 * {@code ~/.trainyard/runs}, and a session of processes that does not need our connection. The
 * supervisor writes its exit code into the folder.
 */
final class Processes implements Execution {
  private static final String FOLDERS = ".trainyard/runs/";
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final Duration STOP = Duration.ofSeconds(40);
  private static final int ANSWER = 64 * 1024;

  private final SnapshotSource snapshots;
  private final UnpackedEnvironments environments;
  private final GpuSlots gpus;

  Processes(SnapshotSource snapshots, UnpackedEnvironments environments, GpuSlots gpus) {
    this.snapshots = snapshots;
    this.environments = environments;
    this.gpus = gpus;
  }

  @Override
  public RunObservation observe(SshConnection connection, RunAttempt attempt) throws SshFailure {
    return ProcessDiagnosis.of(
        ask(connection, ProcessScripts.OBSERVE, LIMIT, attempt.name()).output(),
        attempt.run().getMetadata().getUid(),
        BootId.of(connection));
  }

  @Override
  public void start(SshConnection connection, RunRequest request, Start start)
      throws SshFailure, StartException, InterruptedException {
    String folder = FOLDERS + request.attempt().name();
    var prepared = ask(connection, ProcessScripts.PREPARE, LIMIT, request.attempt().name());
    if (prepared.exitCode() != 0) {
      throw notMade(connection, "The folder ~/" + folder + " cannot be made on the machine");
    }
    if (prepared.output().contains("begun")) {
      return;
    }
    if (!request.configuration().userManaged()) {
      environments.ensure(connection, request, start);
    }
    if (start.unwanted().getAsBoolean()) {
      return;
    }
    try {
      fill(connection, request, start, folder);
    } catch (SshFailure e) {
      if (e.kind() != SshFailure.Kind.REFUSED) {
        throw e;
      }
      throw notMade(connection, "The folder ~/" + folder + " cannot be filled: " + e.getMessage());
    }
    ask(connection, ProcessScripts.BEGIN, LIMIT, request.attempt().name());
  }

  private static StartException notMade(SshConnection connection, String what) throws SshFailure {
    OptionalLong free =
        FullDisk.free(connection.run(List.of("df", "-Pk", FOLDERS, "."), ANSWER, LIMIT).output());
    boolean full = free.isPresent() && FullDisk.isFull(free.getAsLong());
    return new StartException(
        full ? Reason.MACHINE_DISK_FULL : Reason.CONTAINER_CREATION_FAILED,
        what
            + (full
                ? ": the machine's disk is full. Remove what is not needed. It is tried again."
                : ". Check the home folder of the machine's user. It is tried again."));
  }

  private void fill(SshConnection connection, RunRequest request, Start start, String folder)
      throws SshFailure, StartException, InterruptedException {
    write(connection, folder + "/owner", owner(request, start.place().targetUid()));
    try (GpuSlots.Claim claim = gpus.claim(connection, request, start.place().gpus())) {
      if (!claim.devices().isEmpty()) {
        write(connection, folder + "/gpus", claim.devices());
      }
      write(connection, folder + "/words", words(request, claim.devices()));
    }
    write(
        connection,
        folder + "/deadline",
        Long.toString(request.configuration().deadlineSeconds().orElse(0)));
    write(connection, folder + "/directories", directories(request));
    write(connection, folder + "/supervise", ProcessScripts.SUPERVISE);
    source(connection, request, folder);
  }

  private void source(SshConnection connection, RunRequest request, String folder)
      throws SshFailure, StartException {
    SnapshotStatus snapshot = Objects.requireNonNull(request.run().getStatus().snapshot());
    try {
      byte[] content =
          snapshots.read(request.run().getMetadata().getNamespace(), new Digest(snapshot.digest()));
      connection.upload(folder + "/snapshot.tar.gz", new ByteArrayInputStream(content));
    } catch (RegistryException e) {
      throw new StartException(
          Reason.REGISTRY_UNREACHABLE, "The snapshot cannot be read: " + e.getMessage() + ".");
    }
  }

  /**
   * NAME=value of each variable, then the command; each ends with a NUL.
   *
   * @param gpus the devices that the script may use, or nothing
   */
  static String words(RunRequest request, String gpus) {
    Map<String, String> variables = UnpackedEnvironments.variables(request);
    if (!gpus.isEmpty()) {
      variables.put("CUDA_DEVICE_ORDER", "PCI_BUS_ID");
      variables.put("CUDA_VISIBLE_DEVICES", gpus);
    }
    request
        .environment()
        .forEach((name, value) -> {
          // The interpreter may have packages in the user's own home.
          if (!name.equals("HOME")
              || request.configuration().environmentVariables().containsKey("HOME")) {
            variables.put(name, value);
          }
        });
    var words = new ArrayList<String>();
    variables.forEach((name, value) -> words.add(name + "=" + value));
    words.addAll(request.command());
    return String.join("\0", words) + "\0";
  }

  /** Each ends with a NUL. */
  private static String directories(RunRequest request) {
    return request.configuration().collectedDirectories().stream()
        .map(directory -> directory + "\0")
        .collect(Collectors.joining());
  }

  private static String owner(RunRequest request, String targetUid) {
    return String.join(
            " ",
            request.run().getMetadata().getUid(),
            Integer.toString(request.attempt().number()),
            targetUid,
            request.run().getMetadata().getNamespace(),
            request.run().getMetadata().getName())
        + "\n";
  }

  @Override
  public void stop(SshConnection connection, RunAttempt attempt) throws SshFailure {
    ask(connection, ProcessScripts.STOP, STOP, attempt.name());
  }

  @Override
  public void remove(SshConnection connection, RunAttempt attempt) throws SshFailure {
    remove(connection, attempt.name());
  }

  static void remove(SshConnection connection, String folder) throws SshFailure {
    ask(connection, ProcessScripts.STOP + ProcessScripts.REMOVE, STOP, folder);
  }

  @Override
  public String tail(SshConnection connection, RunAttempt attempt, int maxBytes) throws SshFailure {
    return connection
        .run(
            List.of("tail", "-c", Integer.toString(maxBytes), FOLDERS + attempt.name() + "/output"),
            maxBytes + 1_024,
            LIMIT)
        .output();
  }

  @Override
  public Remains remains() {
    return new ProcessRemains();
  }

  /** A folder that was made for an attempt. */
  record Kept(String folder, String namespace, String run, String runUid, int attempt) {}

  /** The folders that were made for runs on a target. */
  static List<Kept> list(SshConnection connection, String targetUid) throws SshFailure {
    var kept = new ArrayList<Kept>();
    for (String line : ask(connection, ProcessScripts.LIST, LIMIT).output().lines().toList()) {
      String[] words = line.split(" ", -1);
      if (words.length == 6 && words[3].equals(targetUid) && words[2].matches("\\d{1,6}")) {
        kept.add(new Kept(words[0], words[4], words[5], words[1], Integer.parseInt(words[2])));
      }
    }
    return kept;
  }

  private static void write(SshConnection connection, String path, String content)
      throws SshFailure {
    connection.upload(path, new ByteArrayInputStream(content.getBytes(StandardCharsets.UTF_8)));
  }

  private static SshConnection.Result ask(
      SshConnection connection, String script, Duration limit, String... words) throws SshFailure {
    var command = new ArrayList<>(List.of("sh", "-c", script, "trainyard"));
    command.addAll(List.of(words));
    return connection.run(command, ANSWER, limit);
  }
}
