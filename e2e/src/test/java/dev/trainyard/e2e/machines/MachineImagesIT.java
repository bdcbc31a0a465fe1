package dev.trainyard.e2e.machines;

import static dev.trainyard.e2e.machines.MachineYard.on;
import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.e2e.runs.Run;
import dev.trainyard.testbed.machine.Machine;
import java.time.Duration;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Images that were pulled for runs go beyond the budget; those of others stay. */
@OnMachines
class MachineImagesIT {
  private final MachineYard machines;
  private final Machine machine;

  MachineImagesIT(MachineYard machines) {
    this.machines = machines;
    this.machine = machines.machine("gpu");
    machines.login("machine");
    machines
        .yard()
        .apply(
            """
            apiVersion: trainyard.dev/v1alpha1
            kind: ComputeTarget
            metadata: {name: machine}
            spec:
              type: dsvm
              dsvm:
                cache: {imagesGb: 0}
                attach:
                  address: %s
                  username: azureuser
                  privateKeySecretRef: {name: machine, key: key}
                  %s
            """
                .formatted(machine.address(), MachineYard.pin(machine)));
    machines.target("machine").awaitReason("Ready");
  }

  @Test
  void onlyWhatIsInUseOrNotOursStaysWhereNothingIsToBeKept() {
    on(machine, "printf 'FROM scratch\\nLABEL a=b\\n' | docker build -q -t theirs -");
    Run user =
        machines.docker(
            "user",
            "machine",
            "import os, time\nwhile not os.path.exists('/tmp/go-on'): time.sleep(0.2)");
    user.awaitRunning();
    Run named = machines.docker("named", "machine", "print('named')");
    named.awaitEnd(RunPhase.COMPLETED);
    Run other = machines.docker("other", "machine", "print('other')");
    other.awaitEnd(RunPhase.COMPLETED);
    awaitGone(other);
    awaitGone(named);
    assertThat(images()).contains(digest(user)).contains("theirs");
    on(machine, "docker tag $(docker inspect -f '{{.Image}}' " + container(user) + ") kept");
    on(machine, "docker exec " + container(user) + " touch /tmp/go-on");
    user.awaitEnd(RunPhase.COMPLETED);
    machines.docker("last", "machine", "print('last')").awaitEnd(RunPhase.COMPLETED);
    assertThat(images()).as("somebody gave it a name").contains(digest(user));
    on(machine, "docker rmi kept theirs");
  }

  private void awaitGone(Run run) {
    Awaitility.await("the image that nothing uses is gone")
        .atMost(Duration.ofSeconds(90))
        .until(() -> !images().contains(digest(run)));
  }

  private String images() {
    return on(machine, "docker images --digests --no-trunc");
  }

  private static String digest(Run run) {
    String image = Objects.requireNonNull(run.status().image());
    return image.substring(image.indexOf('@') + 1);
  }

  private static String container(Run run) {
    return run.attempts().getLast().backendId();
  }
}
