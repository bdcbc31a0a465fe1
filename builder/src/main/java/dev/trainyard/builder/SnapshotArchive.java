package dev.trainyard.builder;

import dev.trainyard.builder.archive.ArchiveSource;
import dev.trainyard.builder.tls.Authorities;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.snapshot.SourceException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Packs a directory of an archive at a URL. */
@Command(name = "snapshot-archive", description = "Packs a directory of an archive at a URL.")
final class SnapshotArchive extends SnapshotCommand {

  @Option(names = "--url", required = true, description = "https URL of the archive.")
  private String url = "";

  @Option(names = "--sha256", required = true, description = "SHA-256 that the file must have.")
  private String sha256 = "";

  @Option(names = "--path", description = "Directory in the archive.")
  private String path = "";

  @Option(names = "--field", description = "How users name the source in messages.")
  private String field = "source.archive";

  @Option(names = "--version-id", description = "What the archive is of, such as a commit.")
  private @Nullable String version;

  @Option(
      names = "--trusted-host",
      description = "Host that http and private addresses are allowed of.")
  private List<String> trustedHosts = List.of();

  @Option(names = "--authorities", description = "File with certificate authorities.")
  private @Nullable Path authorities;

  @Override
  SnapshotResult pack() throws SourceException, RegistryException, IOException {
    Path root = Files.createTempDirectory("source");
    new ArchiveSource(
            url,
            sha256,
            field,
            allowsInsecureSources(),
            Set.copyOf(trustedHosts),
            new Authorities(Optional.ofNullable(authorities), field + ".caConfigMapRef"))
        .unpack(root);
    return packed(inside(root, path, field + ".path"), Optional.ofNullable(version));
  }
}
