package dev.trainyard.builder;

import picocli.CommandLine;

/** The builder's command: one subcommand a kind of Job. */
@CommandLine.Command(
    name = "builder",
    description = "Packs sources into the registry.",
    subcommands = SnapshotGit.class,
    mixinStandardHelpOptions = true)
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
