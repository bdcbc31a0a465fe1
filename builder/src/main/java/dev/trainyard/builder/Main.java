package dev.trainyard.builder;

import dev.trainyard.builder.environment.EnvironmentPack;
import picocli.CommandLine;

/** The builder's command: one subcommand a kind of Job. */
@CommandLine.Command(
    name = "builder",
    description = "Packs sources and environments into the registry.",
    subcommands = {SnapshotGit.class, EnvironmentPack.class},
    mixinStandardHelpOptions = true)
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
