package dev.trainyard.testbed.bare;

import dev.trainyard.testbed.Command;
import dev.trainyard.testbed.TestbedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** How commands get the rights of root, which network and mount namespaces need. */
public final class Root {
  private Root() {}

  /** The command, as root. */
  public static Command command(List<String> words) throws IOException, InterruptedException {
    if ("root".equals(System.getProperty("user.name"))) {
      return Command.of(words);
    }
    try {
      Command.of("sudo", "-n", "true").within(10).run();
    } catch (IOException | TestbedException e) {
      throw new TestbedException(
          "Starting Kubernetes on this machine needs root, and sudo does not work without a"
              + " password: run it as root, start Docker, or name a cluster of yours in"
              + " TRAINYARD_CONTEXT.");
    }
    var sudo = new ArrayList<>(List.of("sudo", "-n", "-E"));
    sudo.addAll(words);
    return Command.of(sudo);
  }
}
