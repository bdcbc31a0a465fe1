package dev.trainyard.builder;

import dev.trainyard.history.Unpacker;
import dev.trainyard.oci.RegistryException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Fills the directories that outlive a script before it begins: with the files that its source has
 * there, and with what an earlier attempt left.
 */
@Command(name = "restore", description = "Fills the collected directories before a script begins.")
final class Restore implements Callable<Integer> {

  @Mixin private RegistryOptions registry = new RegistryOptions();

  @Option(names = "--root", required = true, description = "Where the directories lie.")
  private Path root = Path.of("");

  @Option(names = "--directory", description = "Directory to fill, below the root.")
  private List<String> directories = List.of();

  @Option(names = "--snapshot", description = "Digest of a snapshot.")
  private @Nullable String snapshot;

  @Option(names = "--outputs", description = "Digest of the outputs of an earlier attempt.")
  private @Nullable String outputs;

  @Override
  public Integer call() throws IOException, RegistryException {
    var unpacker = new Unpacker(registry.client());
    long files = 0;
    for (String directory : directories) {
      Files.createDirectories(root.resolve(directory));
      if (snapshot != null) {
        files +=
            unpacker.unpack(
                registry.repository(),
                snapshot,
                "azureml-run/" + directory + "/",
                root.resolve(directory));
      }
    }
    if (outputs != null) {
      files += unpacker.unpack(registry.repository(), outputs, "", root);
    }
    System.out.println(files + " files are there before the script begins.");
    return 0;
  }
}
