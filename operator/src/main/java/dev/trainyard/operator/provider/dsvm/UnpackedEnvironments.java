package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.api.v1alpha1.TrainingRunStatus.EnvironmentUse;
import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.ssh.Printable;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.status.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The conda environments of runs without Docker: the very files that lie in the run image, at the
 * same path, once for each content. The files go through the operator, so that the machine needs
 * neither a way to the registry nor its credentials; the machine compares their digest.
 */
final class UnpackedEnvironments {
  private static final String ROOT = "/azureml-envs/";

  /** Where the Job of a build installs every environment; its files have this path in them. */
  private static final String INSTALLED = "azureml_" + "0".repeat(32);

  private static final String SYSTEM_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  private static final Duration ASK = Duration.ofSeconds(60);
  private static final Duration UNPACK = Duration.ofHours(2);
  private static final int ANSWER = 16 * 1024;
  private static final int BUSY = 3;
  private static final int OTHER_CONTENT = 4;

  private final EnvironmentSource source;

  UnpackedEnvironments(EnvironmentSource source) {
    this.source = source;
  }

  /**
   * The variables of a run's environment, as its image has them; empty when the user manages it.
   */
  static Map<String, String> variables(RunRequest request) {
    var variables = new LinkedHashMap<String, String>();
    if (!request.configuration().userManaged()) {
      String prefix = ROOT + name(request);
      variables.put("PATH", prefix + "/bin:" + SYSTEM_PATH);
      variables.put("LD_LIBRARY_PATH", prefix + "/lib");
      variables.put("CONDA_PREFIX", prefix);
      variables.put("CONDA_DEFAULT_ENV", prefix);
      variables.put("AZUREML_CONDA_ENVIRONMENT_PATH", prefix);
    }
    return variables;
  }

  /** Unpacks the run's environment where it is missing, and marks it as used by the attempt. */
  void ensure(SshConnection connection, RunRequest request, Execution.Start start)
      throws SshFailure, Execution.StartException {
    try {
      List<Descriptor> layers = source.layers(namespace(request), use(request).image());
      List<String> words = List.of(request.attempt().name(), name(request), identity(layers));
      String answer =
          ask(connection, EnvironmentScripts.CLAIM, InputStream.nullInputStream(), ASK, words)
              .output()
              .strip();
      switch (answer) {
        case "there" -> {
          // Its files are what they were when they were unpacked.
        }
        case "missing" -> unpack(connection, request, layers, start, words);
        default -> throw refused(connection, name(request), answer);
      }
    } catch (RegistryException e) {
      throw new Execution.StartException(
          Reason.REGISTRY_UNREACHABLE, "The environment cannot be read: " + e.getMessage() + ".");
    }
  }

  private void unpack(
      SshConnection connection,
      RunRequest request,
      List<Descriptor> layers,
      Execution.Start start,
      List<String> words)
      throws SshFailure, Execution.StartException {
    start.progress().accept(Reason.UNPACKING_ENVIRONMENT, WatchedLayer.progress(0, size(layers)));
    SshConnection.Result result = feed(connection, request, layers, start, words);
    if (result.exitCode() == BUSY) {
      throw busy();
    }
    if (result.exitCode() == OTHER_CONTENT) {
      throw new Execution.StartException(
          Reason.ENVIRONMENT_NOT_UNPACKED,
          "The environment's files did not arrive whole: the digest of a layer is another one. It"
              + " is tried again.");
    }
    if (result.exitCode() != 0) {
      throw failed(result.output() + result.error());
    }
    trim(connection, start.place().cache().environmentsMib());
  }

  /**
   * Sends the layers into the machine's command; what broke off here is not the machine's fault.
   */
  private SshConnection.Result feed(
      SshConnection connection,
      RunRequest request,
      List<Descriptor> layers,
      Execution.Start start,
      List<String> claim)
      throws SshFailure, Execution.StartException {
    var words = new ArrayList<>(claim);
    words.add(ROOT + INSTALLED);
    for (Descriptor layer : layers) {
      words.add(layer.digest().hex());
      words.add(Long.toString(layer.size()));
    }
    try (var content =
        new WatchedLayer(
            new ConsecutiveLayers(layers, digest -> source.open(namespace(request), digest)),
            size(layers),
            start)) {
      try {
        return ask(connection, EnvironmentScripts.UNPACK, content, UNPACK, words);
      } catch (SshFailure e) {
        if (content.broken().isEmpty()) {
          throw e;
        }
        throw notArrived(content.broken().get());
      }
    } catch (IOException e) {
      throw notArrived(e);
    }
  }

  private static Execution.StartException notArrived(IOException e) {
    return new Execution.StartException(
        Reason.REGISTRY_UNREACHABLE,
        "The environment did not arrive from the registry: " + e.getMessage() + ".");
  }

  /** Removes environments that nothing uses, the one used longest ago first. */
  static void trim(SshConnection connection, long keepMib) throws SshFailure {
    ask(
        connection,
        EnvironmentScripts.TRIM,
        InputStream.nullInputStream(),
        ASK,
        List.of(Long.toString(keepMib)));
  }

  private static Execution.StartException refused(
      SshConnection connection, String name, String answer) {
    String user = connection.host().username();
    if (answer.startsWith("unwritable")) {
      String owner = Printable.text(answer.substring("unwritable".length())).strip();
      return new Execution.StartException(
          Reason.ENVIRONMENT_NOT_UNPACKED,
          "The run's conda environment has to lie in /azureml-envs of the machine, and the user "
              + user
              + (owner.isEmpty()
                  ? " can neither make that folder nor use sudo without a password"
                  : " may not write there, since it is " + owner + "'s")
              + ": type `sudo install -d -o "
              + user
              + " /azureml-envs` on the machine, or set environment.docker.enabled to true.");
    }
    return switch (answer) {
      case "busy" -> busy();
      case "in-use" ->
          new Execution.StartException(
              Reason.UNPACKING_ENVIRONMENT,
              "Another build of the same environment is at "
                  + ROOT
                  + name
                  + " of the machine, and runs use it: it is replaced when they are over.");
      case "foreign" ->
          new Execution.StartException(
              Reason.ENVIRONMENT_NOT_UNPACKED,
              "The machine has a "
                  + ROOT
                  + name
                  + " that is not of the user "
                  + user
                  + " or was not made by Trainyard: remove it.");
      default -> failed(answer);
    };
  }

  private static Execution.StartException busy() {
    return new Execution.StartException(
        Reason.UNPACKING_ENVIRONMENT, "The machine unpacks an environment for another run.");
  }

  private static Execution.StartException failed(String said) {
    boolean full = said.contains("No space left on device");
    return new Execution.StartException(
        full ? Reason.MACHINE_DISK_FULL : Reason.ENVIRONMENT_NOT_UNPACKED,
        full
            ? "The disk with /azureml-envs of the machine is full: remove what is not needed. It is"
                + " tried again."
            : "The machine cannot unpack the environment: "
                + Printable.text(said.replaceAll("\\s*status=\\d+\\s*$", ""))
                + ". It is tried again.");
  }

  private static SshConnection.Result ask(
      SshConnection connection,
      String script,
      InputStream input,
      Duration limit,
      List<String> words)
      throws SshFailure {
    var command = new ArrayList<>(List.of("sh", "-c", script, "trainyard"));
    command.addAll(words);
    return connection.run(command, input, ANSWER, limit);
  }

  /** Whoever has the same layers has the same files. */
  private static String identity(List<Descriptor> layers) {
    return layers.size() == 1
        ? layers.getFirst().digest().hex()
        : Digest.of(
                layers.stream()
                    .map(layer -> layer.digest().hex())
                    .collect(Collectors.joining("\n"))
                    .getBytes(StandardCharsets.US_ASCII))
            .hex();
  }

  private static long size(List<Descriptor> layers) {
    return layers.stream().mapToLong(Descriptor::size).sum();
  }

  private static EnvironmentUse use(RunRequest request) {
    return Objects.requireNonNull(
        request.run().getStatus().environment(), "the environment step comes first");
  }

  /** The resource is called env- and the hash that the prefix has, too. */
  private static String name(RunRequest request) {
    String resource = Objects.requireNonNull(use(request).name(), "a system-managed one has one");
    return "azureml_" + resource.substring(resource.indexOf('-') + 1);
  }

  private static String namespace(RunRequest request) {
    return request.run().getMetadata().getNamespace();
  }
}
