package dev.trainyard.e2e.machines;

import static dev.trainyard.e2e.machines.MachineYard.on;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.testbed.machine.Machine;
import java.time.Duration;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Conda environments of runs without Docker: once on the machine, whole, and gone when unused. */
@OnMachines
class MachineEnvironmentsIT {
  private static final String SCRIPT =
      """
      import os, shutil, sys
      print(sys.executable, sys.version.split()[0], shutil.which("python"))
      print(os.environ["CONDA_PREFIX"] == os.environ["AZUREML_CONDA_ENVIRONMENT_PATH"] == sys.prefix)
      """;
  private static final String WAITS =
      "import os, time\nprint('begun', flush=True)\nwhile not os.path.exists('/tmp/%s'): time.sleep(0.2)";

  private final MachineYard machines;
  private final Machine machine;

  MachineEnvironmentsIT(MachineYard machines) {
    this.machines = machines;
    this.machine = machines.machine("one");
    machines.attached("machine", machine);
  }

  @Test
  void runsOfOneEnvironmentShareTheFilesThatTheImageHas() {
    clear(machine);
    TrainingRunStatus first =
        conda("first", "machine", "python=3.11", SCRIPT).awaitEnd(RunPhase.COMPLETED);
    String prefix = prefix(first);
    assertThat(first.lastLog())
        .startsWith(prefix + "/bin/python 3.11.")
        .contains(" " + prefix + "/bin/python\n")
        .endsWith("True");
    assertThat(on(machine, "grep -rlF azureml_00000000 " + prefix + " || true"))
        .as("files with the path at which the environment was installed")
        .isEmpty();
    String made = on(machine, "stat -c %Y:%i " + prefix);
    TrainingRunStatus second =
        conda("second", "machine", "python=3.11", SCRIPT).awaitEnd(RunPhase.COMPLETED);
    assertThat(second.lastLog()).isEqualTo(first.lastLog());
    assertThat(on(machine, "stat -c %i " + prefix)).isEqualTo(made.split(":", 2)[1]);
    assertThat(on(machine, "ls -A /azureml-envs")).doesNotContain(".new-").doesNotContain(".old-");
    Run withDocker =
        machines.run(
            "in-docker",
            "machine",
            SCRIPT,
            "docker: {enabled: true, shmSize: 16m}\npython: " + python("python=3.11"));
    assertThat(withDocker.awaitEnd(RunPhase.COMPLETED).lastLog()).isEqualTo(first.lastLog());
  }

  @Test
  void anEnvironmentThatNothingUsesGoesBeyondTheBudgetAndOneInUseStays() {
    Machine small = machines.machine("small");
    attachWithBudget("small", small, 0);
    Run user = conda("user", "small", "python=3.11", WAITS.formatted("go-on"), "pip");
    user.awaitRunning();
    String used = prefix(user.status());
    TrainingRunStatus other =
        conda("other", "small", "python=3.11", SCRIPT, "joblib").awaitEnd(RunPhase.COMPLETED);
    Awaitility.await("the environment that nothing uses is gone")
        .atMost(Duration.ofSeconds(90))
        .until(() -> on(small, "ls /azureml-envs").lines().noneMatch(prefix(other)::endsWith));
    assertThat(on(small, "ls -d " + used)).isEqualTo(used);
    on(small, "touch /tmp/go-on");
    user.awaitEnd(RunPhase.COMPLETED);
    Awaitility.await("the environment is gone once it is unused")
        .atMost(Duration.ofSeconds(90))
        .until(() -> on(small, "ls /azureml-envs").isEmpty());
  }

  @Test
  void aUserWhoMayNotMakeTheFolderIsToldWhatToType() {
    Machine strict = machines.machine("two");
    clear(strict);
    machines.attach(
        "plain",
        strict.address(),
        "username: plain\nprivateKeySecretRef: {name: machine, key: key}\n"
            + MachineYard.pin(strict));
    Run run = conda("plain-user", "plain", "python=3.11", SCRIPT);
    run.awaitReason("EnvironmentNotUnpacked");
    assertThat(run.message())
        .contains("sudo install -d -o plain /azureml-envs")
        .contains("environment.docker.enabled");
    on(strict, "install -d -o plain /azureml-envs");
    run.awaitEnd(RunPhase.COMPLETED);
    assertThat(on(strict, "stat -c %U " + prefix(run.status()))).isEqualTo("plain");
  }

  @Test
  void filesThatSomebodyElsePutAtThePlaceAreNotUsed() {
    Machine strict = machines.machine("foreign");
    clear(strict);
    on(strict, "install -d -o azureuser /azureml-envs");
    machines.attach(
        "foreign",
        strict.address(),
        "username: azureuser\nprivateKeySecretRef: {name: machine, key: key}\n"
            + MachineYard.pin(strict));
    TrainingRunStatus built =
        conda("builds", "foreign", "python=3.11", SCRIPT).awaitEnd(RunPhase.COMPLETED);
    String prefix = prefix(built);
    on(strict, "chown plain " + prefix);
    Run run = conda("meets", "foreign", "python=3.11", SCRIPT);
    run.awaitReason("EnvironmentNotUnpacked");
    assertThat(run.message()).contains(prefix).contains("remove it");
    on(strict, "chmod -R u+w " + prefix + " && rm -rf " + prefix);
    run.awaitEnd(RunPhase.COMPLETED);
  }

  private static void clear(Machine machine) {
    on(machine, "rm -rf /azureml-envs");
  }

  private void attachWithBudget(String name, Machine on, int gibibytes) {
    machines
        .yard()
        .apply(
            """
            apiVersion: trainyard.dev/v1alpha1
            kind: ComputeTarget
            metadata: {name: %s}
            spec:
              type: dsvm
              dsvm:
                cache: {environmentsGb: %d}
                attach:
                  address: %s
                  username: azureuser
                  privateKeySecretRef: {name: machine, key: key}
                  %s
            """
                .formatted(name, gibibytes, on.address(), MachineYard.pin(on)));
    machines.target(name).awaitReason("Ready");
  }

  private Run conda(String name, String target, String python, String script, String... more) {
    String packages = python + (more.length == 0 ? "" : ", " + String.join(", ", more));
    return machines.run(name, target, script, "python: " + python(packages));
  }

  private static String python(String packages) {
    return "{condaDependencies: {channels: [conda-forge], dependencies: [" + packages + "]}}";
  }

  private static String prefix(TrainingRunStatus status) {
    return "/azureml-envs/azureml_"
        + Objects.requireNonNull(Objects.requireNonNull(status.environment()).name())
            .substring("env-".length());
  }
}
