package dev.trainyard.e2e.machines;

import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.machine.Machine;
import dev.trainyard.testbed.machine.Machines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The machines of the tests. Each is started when it is first asked for and removed at the end. */
final class Fleet implements AutoCloseable {
  private final Map<String, Machine> started = new LinkedHashMap<>();
  private @Nullable Machines machines;

  /** The machine of that name; one name is one machine for all test classes. */
  synchronized Machine machine(String name) {
    return started.computeIfAbsent(name, this::start);
  }

  private Machine start(String name) {
    try {
      Machines known = machines;
      if (known == null) {
        Path checkout = Path.of("..").toAbsolutePath().normalize();
        known = Machines.of(checkout, new Progress(System.out));
        machines = known;
      }
      return known.start("it-" + name);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException("the machine " + name + " does not start", e);
    }
  }

  @Override
  public synchronized void close() throws IOException, InterruptedException {
    for (Machine machine : started.values()) {
      machine.remove();
    }
  }
}
