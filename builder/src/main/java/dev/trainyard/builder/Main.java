package dev.trainyard.builder;

import dev.trainyard.builder.environment.EnvironmentPack;
import picocli.CommandLine;

/** The builder's command: one subcommand a kind of Job. */
@CommandLine.Command(
    name = "builder",
    description = "Brings sources and environments into the registry, and what runs leave.",
    subcommands = {
      SnapshotGit.class,
      SnapshotDirectory.class,
      SnapshotArchive.class,
      SnapshotImage.class,
      EnvironmentPack.class,
      Collect.class,
      Restore.class
    },
    mixinStandardHelpOptions = true)
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
