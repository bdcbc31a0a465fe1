package dev.trainyard.e2e.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIf;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Machines to attach end with the cluster, also when they were killed or half started. */
@DisabledIf(
    value = "dev.trainyard.e2e.testbed.BareClusterIT#anotherKindIsUsed",
    disabledReason = "there are no machines here")
@Execution(ExecutionMode.SAME_THREAD)
class MachineLeftoversIT {
  private static final String NAME = TestbedCommand.ownName("k");
  private static final TestbedCommand TESTBED = new TestbedCommand(NAME);

  @AfterAll
  static void end() throws IOException, InterruptedException {
    TESTBED.run("down");
  }

  @Test
  void aMachineThatIsKilledLeavesNothingBehind() throws Exception {
    Path state = start();
    long pid = Long.parseLong(Files.readString(state.resolve("machine-1/init.pid")).strip());
    ProcessHandle init = ProcessHandle.of(pid).orElseThrow();
    init.destroyForcibly();
    await().atMost(Duration.ofSeconds(20)).until(() -> !init.isAlive());
    TESTBED.run("down");
    assertThat(leftovers(state)).isEmpty();
  }

  @Test
  void aRunningMachineLeavesNothingBehindAndItsNameIsFreeAgain() throws Exception {
    Path state = start();
    assertThat(start()).as("a second start finds it running").isEqualTo(state);
    TESTBED.run("down");
    assertThat(leftovers(state)).isEmpty();
    assertThat(state.resolve("machine-1")).doesNotExist();
    start();
  }

  @Test
  void aStartThatIsKilledHalfwayCanBeBegunAgain() throws Exception {
    start();
    TESTBED.run("down");
    Process process = TESTBED.start("machine");
    await("the machine's network is made")
        .atMost(Duration.ofSeconds(60))
        .until(() -> !process.isAlive() || Files.exists(Path.of("/sys/class/net", NAME + "m")));
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    Path state = start();
    TESTBED.run("down");
    assertThat(leftovers(state)).isEmpty();
  }

  /** Starts a machine; gives the folder of the machines. */
  private static Path start() throws IOException, InterruptedException {
    Optional<String> key =
        TESTBED.run("machine").stream().filter(line -> line.startsWith("KEY=")).findFirst();
    Path file = Path.of(key.orElseThrow().substring("KEY=".length()));
    return Objects.requireNonNull(file.getParent(), "the key lies in the folder of machines");
  }

  /** Everything of the machines that is still on this host. */
  private static List<String> leftovers(Path state) throws IOException {
    var found = new ArrayList<String>();
    try (Stream<Path> devices = Files.list(Path.of("/sys/class/net"))) {
      devices
          .filter(device -> device.getFileName().toString().startsWith(NAME))
          .forEach(device -> found.add(device.toString()));
    }
    try (Stream<Path> controllers = Files.list(Path.of("/sys/fs/cgroup"))) {
      controllers
          .map(folder -> folder.resolve(NAME + "m"))
          .filter(Files::exists)
          .forEach(folder -> found.add(folder.toString()));
    }
    Files.readString(Path.of("/proc/self/mountinfo"))
        .lines()
        .filter(line -> line.contains(state.toString()))
        .forEach(found::add);
    ProcessHandle.allProcesses()
        .map(process -> process.info().commandLine().orElse(""))
        .filter(line -> line.contains(state.toString()))
        .forEach(found::add);
    Process tables = new ProcessBuilder("nft", "list", "tables").redirectErrorStream(true).start();
    String text = new String(tables.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    text.lines().filter(line -> line.contains(NAME)).forEach(found::add);
    return found;
  }
}
