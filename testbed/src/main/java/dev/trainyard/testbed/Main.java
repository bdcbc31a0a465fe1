package dev.trainyard.testbed;

import dev.trainyard.testbed.install.Installation;
import dev.trainyard.testbed.install.LaptopOperator;
import dev.trainyard.testbed.machine.Machine;
import dev.trainyard.testbed.machine.Machines;
import dev.trainyard.testbed.quickstart.Quickstart;
import java.io.IOException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** The testbed's command, which the Makefile calls. */
@CommandLine.Command(
    name = "testbed",
    description = "Starts a real cluster and installs Trainyard in it.",
    mixinStandardHelpOptions = true)
public final class Main {
  @Option(
      names = "--checkout",
      description = "Working tree; its cluster is found by its path.",
      defaultValue = ".")
  private Path checkout = Path.of(".");

  private final Progress progress = new Progress(System.out);

  private Main() {}

  public static void main(String[] arguments) {
    var commandLine = new CommandLine(new Main());
    commandLine.setExecutionExceptionHandler((exception, line, result) -> {
      if (!(exception instanceof TestbedException)) {
        throw exception;
      }
      System.err.println(exception.getMessage());
      return 1;
    });
    System.exit(commandLine.execute(arguments));
  }

  @CommandLine.Command(name = "up", description = "Starts the cluster or finds it running.")
  void up() throws IOException, InterruptedException {
    announce(Clusters.up(root(), progress));
  }

  @CommandLine.Command(name = "down", description = "Ends the cluster, leaving nothing behind.")
  void down() throws IOException, InterruptedException {
    Machines.down(root(), progress);
    Clusters.down(root(), progress);
  }

  @CommandLine.Command(
      name = "machine",
      description = "Starts an Ubuntu machine to attach over SSH, and says how to reach it.")
  void machine(@CommandLine.Parameters(paramLabel = "NAME", defaultValue = "machine-1") String name)
      throws IOException, InterruptedException {
    Machine machine = Machines.of(root(), progress).start(name);
    System.out.println("ADDRESS=" + machine.address());
    System.out.println("USER=" + Machine.USER);
    System.out.println("KEY=" + machine.privateKeyFile());
    System.out.println("KNOWN_HOSTS=" + machine.knownHosts().strip());
  }

  @CommandLine.Command(
      name = "install",
      description = "Starts the cluster, builds the images and installs or upgrades the chart.")
  void install() throws IOException, InterruptedException {
    Cluster cluster = Clusters.up(root(), progress);
    new Installation(root(), cluster, progress).install();
    announce(cluster);
  }

  @CommandLine.Command(
      name = "quickstart",
      description = "Installs Trainyard and trains the article's example with it.")
  void quickstart() throws IOException, InterruptedException {
    Cluster cluster = Clusters.up(root(), progress);
    new Installation(root(), cluster, progress).install();
    new Quickstart(root(), cluster, progress).run();
  }

  @CommandLine.Command(
      name = "run",
      description = "Runs the operator as a process of this machine, in place of the deployed one.")
  void run(
      @Option(names = "--classpath", required = true, description = "Classpath of the operator.")
          String classpath)
      throws IOException, InterruptedException {
    Cluster cluster = Clusters.up(root(), progress);
    new LaptopOperator(cluster, classpath, progress).run();
  }

  private Path root() {
    return checkout.toAbsolutePath().normalize();
  }

  private static void announce(Cluster cluster) {
    System.out.println("KUBECONFIG=" + cluster.kubeconfig());
    System.out.println("KUBECTL=" + String.join(" ", cluster.kubectl()));
  }
}
