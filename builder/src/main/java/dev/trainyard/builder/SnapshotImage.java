package dev.trainyard.builder;

import dev.trainyard.builder.archive.ImageFiles;
import dev.trainyard.oci.ImageReference;
import dev.trainyard.oci.Manifest;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.oci.Repository;
import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Packs a directory of a container image, or of an OCI artifact whose layers are archives. */
@Command(name = "snapshot-image", description = "Packs a directory of a container image.")
final class SnapshotImage extends SnapshotCommand {

  @Option(names = "--reference", required = true, description = "Reference of the image.")
  private String reference = "";

  @Option(names = "--path", description = "Directory in the image.")
  private String path = "";

  @Override
  SnapshotResult pack() throws SourceException, RegistryException, IOException {
    ImageReference image;
    try {
      image = ImageReference.parse(reference);
    } catch (IllegalArgumentException e) {
      throw new SourceException(
          Reason.SOURCE_INVALID, "source.image.reference: " + e.getMessage() + ".", e);
    }
    var repository = Repository.of(image, registry().credentials());
    Manifest manifest;
    try {
      manifest = registry().client().image(repository, image.version());
    } catch (RegistryException e) {
      throw trouble(e);
    }
    Path root = Files.createTempDirectory("source");
    String inImage = path.replaceFirst("^/+", "").replaceFirst("/+$", "");
    new ImageFiles(registry().client()).unpack(repository, manifest, inImage, root);
    return packed(
        inside(root, inImage, "source.image.path"), Optional.of(manifest.digest().text()));
  }

  private SourceException trouble(RegistryException e) {
    return switch (e.kind()) {
      case NOT_FOUND ->
          new SourceException(
              Reason.REF_NOT_FOUND, "There is no image " + reference + " for linux/amd64.", e);
      case UNAUTHORIZED ->
          new SourceException(
              Reason.AUTHENTICATION_FAILED,
              "The registry does not let the image " + reference + " be read: " + e.getMessage(),
              e);
      case UNREACHABLE -> new SourceException(Reason.SOURCE_UNREACHABLE, e.getMessage() + ".", e);
      case REJECTED, INVALID -> new SourceException(Reason.SOURCE_INVALID, e.getMessage() + ".", e);
    };
  }
}
