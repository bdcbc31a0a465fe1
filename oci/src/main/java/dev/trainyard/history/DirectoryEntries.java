package dev.trainyard.history;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * The entries below a directory of this machine. A link that stays inside is kept as a link; one
 * that leads out, a device, a socket, a pipe and what may not be read are skipped and named.
 */
public final class DirectoryEntries implements Entries {
  private final Path root;

  public DirectoryEntries(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  @Override
  public void visit(Visitor visitor) throws IOException {
    if (!Files.isDirectory(root)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            if (!directory.equals(root)) {
              visitor.visit(
                  new Entry.Directory(
                      relative(directory), attributes.lastModifiedTime().toInstant()));
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            visitor.visit(entry(file, attributes));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            visitor.visit(new Entry.Skipped(relative(file), "cannot be read"));
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private Entry entry(Path file, BasicFileAttributes attributes) throws IOException {
    String path = relative(file);
    if (attributes.isSymbolicLink()) {
      return Links.entry(path, Files.readSymbolicLink(file).toString());
    }
    if (!attributes.isRegularFile()) {
      return new Entry.Skipped(path, "is neither a file, a directory nor a link");
    }
    return Files.isReadable(file)
        ? new Entry.File(
            path,
            attributes.size(),
            attributes.lastModifiedTime().toInstant(),
            Files.isExecutable(file),
            () -> Files.newInputStream(file))
        : new Entry.Skipped(path, "cannot be read");
  }

  private String relative(Path path) {
    return root.relativize(path).toString();
  }
}
