package dev.trainyard.e2e.machines;

import dev.trainyard.api.v1alpha1.ComputeTarget;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.e2e.runs.Yard;
import dev.trainyard.testbed.machine.Machine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/** A namespace of a test class, and machines that targets in it lead to. */
final class MachineYard implements AutoCloseable {
  private final Fleet fleet;
  private final Yard yard;

  MachineYard(Fleet fleet, String name) {
    this.fleet = fleet;
    this.yard = new Yard(name);
  }

  Yard yard() {
    return yard;
  }

  Machine machine(String name) {
    return fleet.machine(name);
  }

  /** Runs a command on a machine as root; gives what it prints. */
  static String on(Machine machine, String command) {
    try {
      return machine.run("sh", "-c", command).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Makes a Secret of that name with the machines' key and password. */
  void login(String secret) {
    try {
      yard.secret(
          secret, Map.of("key", fleet.machine("one").privateKey(), "password", Machine.PASSWORD));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The line of a target that pins a machine's host key. */
  static String pin(Machine machine) {
    try {
      return "knownHosts: '" + machine.knownHosts().strip() + "'";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Attaches a machine with its key and its host key pinned, and waits until it is ready. */
  Target attached(String name, Machine machine) {
    login(name);
    Target target =
        attach(
            name,
            machine.address(),
            """
            username: azureuser
            privateKeySecretRef: {name: %s, key: key}
            %s
            """
                .formatted(name, pin(machine)));
    target.awaitReason("Ready");
    return target;
  }

  /** Makes or changes the target of that name; {@code endpoint} has further lines of attach. */
  Target attach(String name, String address, String endpoint) {
    yard.apply(
        """
        apiVersion: trainyard.dev/v1alpha1
        kind: ComputeTarget
        metadata: {name: %s}
        spec:
          type: dsvm
          dsvm:
            attach:
              address: '%s'
        """
                .formatted(name, address)
            + endpoint.strip().indent(6));
    return target(name);
  }

  Target target(String name) {
    return new Target(
        yard,
        yard.client().resources(ComputeTarget.class).inNamespace(yard.namespace()).withName(name));
  }

  /** Makes a run in a container of the default base image on a target. */
  Run docker(String name, String target, String script, String... more) {
    return run(
        name,
        target,
        script,
        "python: {userManagedDependencies: true}\ndocker: {enabled: true, shmSize: 16m}",
        more);
  }

  /** Makes a run with the interpreter that the machine has. */
  Run bare(String name, String target, String script, String... more) {
    return run(
        name,
        target,
        script,
        "python: {userManagedDependencies: true, interpreterPath: python3}",
        more);
  }

  /**
   * Makes a run.
   *
   * @param environment lines of its configuration's section environment
   * @param more further lines of its spec; indented ones belong to its configuration
   */
  Run run(String name, String target, String script, String environment, String... more) {
    yard.source(name, "train.py", script);
    return yard.run(
        name,
        """
        computeTargetRef: {name: %s}
        script: train.py
        source: {configMap: {name: %s}}
        runConfiguration:
          environment:
        """
                .formatted(target, name)
            + environment.strip().indent(4)
            + String.join("\n", more));
  }

  @Override
  public void close() {
    yard.close();
  }
}
