package dev.trainyard.builder.archive;

import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** Writes the entries of archives below one directory, and never outside of it. */
final class Extraction {
  private final Path root;

  Extraction(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  void directory(String name) throws SourceException, IOException {
    Path path = path(name);
    if (!Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
      remove(path);
      Files.createDirectories(path);
    }
  }

  void file(String name, InputStream content, boolean executable)
      throws SourceException, IOException {
    Path path = path(name);
    remove(path);
    Files.createDirectories(path.getParent());
    Files.copy(content, path, StandardCopyOption.REPLACE_EXISTING);
    path.toFile().setExecutable(executable);
  }

  void link(String name, String target) throws SourceException, IOException {
    Path path = path(name);
    remove(path);
    Files.createDirectories(path.getParent());
    // Where it leads is checked when the source is packed; nothing is ever written through it.
    Files.createSymbolicLink(path, Path.of(target));
  }

  /** A second name of a file that was written before. */
  void hardLink(String name, String target) throws SourceException, IOException {
    Path path = path(name);
    Path existing = path(target);
    if (Files.isRegularFile(existing, LinkOption.NOFOLLOW_LINKS)) {
      remove(path);
      Files.createDirectories(path.getParent());
      Files.copy(existing, path, StandardCopyOption.COPY_ATTRIBUTES);
    }
  }

  /** Removes what an earlier layer brought. */
  void remove(String name) throws SourceException, IOException {
    remove(path(name));
  }

  /** Removes what earlier layers brought below a directory. */
  void empty(String name) throws SourceException, IOException {
    Path directory = path(name);
    remove(directory);
    Files.createDirectories(directory);
  }

  private Path path(String name) throws SourceException {
    Path path = root.resolve(name.replaceFirst("^/+", "")).normalize();
    if (!path.startsWith(root)) {
      throw new SourceException(
          Reason.PATH_ESCAPES, "The archive's entry '" + name + "' leads out of the archive.");
    }
    for (Path parent = path.getParent();
        parent != null && parent.startsWith(root) && !parent.equals(root);
        parent = parent.getParent()) {
      if (Files.isSymbolicLink(parent)) {
        throw new SourceException(
            Reason.PATH_ESCAPES,
            "The archive's entry '" + name + "' lies below a link: it could be anywhere.");
      }
    }
    return path;
  }

  private void remove(Path path) throws IOException {
    if (path.equals(root) || !Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        path,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, @Nullable IOException e)
              throws IOException {
            Files.delete(directory);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
