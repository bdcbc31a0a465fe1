package dev.trainyard.e2e.machines;

import static dev.trainyard.e2e.machines.MachineYard.on;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.testbed.faults.Call;
import dev.trainyard.testbed.faults.Fault;
import dev.trainyard.testbed.machine.Machine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.awaitility.Awaitility;

/**
 * Lets faults happen to what an operator asks of a machine over SSH and may change something there:
 * requests to the Docker engine, and commands, of which writing a file is one.
 */
final class MachineGate implements AutoCloseable {
  private static final int PORT = 7070;
  private static final String COMMAND = "EXEC";

  /**
   * Words of the commands that only look at a machine, which an operator does again and again. A
   * command that is not known here counts as one that changes something.
   */
  private static final List<String> LOOKING =
      List.of(
          "'cat' '/proc/sys/kernel/random/boot_id'",
          "'stat' ",
          "'df' ",
          "'tail' ",
          "/etc/os-release",
          "ls -1tr",
          "head -n 1 \"$folder/owner\"",
          "echo end=yes",
          "cat directories",
          "for name in output.1 output",
          "tar --create");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Function<Call, Fault> faults;
  private final Socket socket;
  private final Writer out;
  private final Map<String, Runnable> afterwards = new HashMap<>();

  private MachineGate(Machine machine, Function<Call, Fault> faults) throws IOException {
    this.faults = faults;
    socket = new Socket(machine.address(), PORT);
    out = new OutputStreamWriter(socket.getOutputStream(), StandardCharsets.UTF_8);
    var in =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    Thread.ofVirtual().name("machine-gate").start(() -> answer(in));
  }

  /** Puts a gate on a machine whose Docker engine runs, unless it has one. */
  static void install(Machine machine) {
    if (stands(machine)) {
      return;
    }
    file(machine, "gate.py");
    file(machine, "gated-shell.py");
    on(machine, "chmod 755 /usr/local/bin/gated-shell.py");
    on(machine, "usermod -s /usr/local/bin/gated-shell.py azureuser");
    on(machine, "setsid python3 /usr/local/bin/gate.py > /var/log/gate.log 2>&1 < /dev/null &");
    Awaitility.await("the gate stands").atMost(Duration.ofMinutes(1)).until(() -> stands(machine));
  }

  private static boolean stands(Machine machine) {
    return on(machine, "docker version > /dev/null 2>&1 && ss -Htln 'sport = :7070' || true")
        .contains("7070");
  }

  private static void file(Machine machine, String name) {
    try (InputStream content = MachineGate.class.getResourceAsStream("/machines/" + name)) {
      String text =
          Base64.getEncoder().encodeToString(Objects.requireNonNull(content, name).readAllBytes());
      on(machine, "echo " + text + " | base64 -d > /usr/local/bin/" + name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Asks about each call until it is closed. The faults {@link Fault.Before} and {@link
   * Fault.After} can happen.
   */
  static MachineGate asking(Machine machine, Function<Call, Fault> faults) throws IOException {
    return new MachineGate(machine, faults);
  }

  private void answer(BufferedReader in) {
    try {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        String[] words = line.split("\t", 3);
        out.write(words[0] + "\t" + verdict(words) + "\n");
        out.flush();
      }
    } catch (IOException e) {
      // It was closed, and the gate lets everything through.
      return;
    }
  }

  private String verdict(String[] words) throws IOException {
    Runnable done = afterwards.remove(words[0]);
    if (done != null) {
      done.run();
      return "drop";
    }
    String target = JSON.readValue(words[2], String.class);
    boolean command = words[1].equals(COMMAND);
    if (command && LOOKING.stream().anyMatch(target::contains)) {
      return "pass";
    }
    var call = new Call("machine", words[1], command ? gist(target) : target);
    return switch (faults.apply(call)) {
      case Fault.None none -> "pass";
      case Fault.Before before -> {
        before.action().run();
        yield "drop";
      }
      case Fault.After after -> {
        afterwards.put(words[0], after.action());
        yield "tell";
      }
      case Fault.Answer answer -> throw new IllegalArgumentException("no such fault: " + answer);
      case Fault.Late late -> throw new IllegalArgumentException("no such fault: " + late);
    };
  }

  /** Enough of a command to know it by. */
  private static String gist(String command) {
    String line = command.replaceAll("\\s+", " ").replaceFirst("^'sh' '-c' '", "");
    return line.length() <= 70 ? line : line.substring(0, 70) + "...";
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
