package dev.trainyard.builder.archive;

import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceFiles;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.TreeMap;

/** Reads a source directory from a disk: a mounted volume, or an archive that was unpacked. */
public final class DirectoryFiles {
  private DirectoryFiles() {}

  /** The files below a directory that its ignore files do not leave out. */
  public static SourceFiles below(Path root) throws SourceException, IOException {
    var entries = new TreeMap<String, SourceFiles.Entry>();
    Files.walkFileTree(root, new Reader(root, entries));
    return SourceFiles.in(entries);
  }

  private static final class Reader extends SimpleFileVisitor<Path> {
    private final Path root;
    private final Map<String, SourceFiles.Entry> entries;

    Reader(Path root, Map<String, SourceFiles.Entry> entries) {
      this.root = root;
      this.entries = entries;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      entries.put(path(file), entry(file, attributes));
      return FileVisitResult.CONTINUE;
    }

    /** What may not be read may still be left out by an ignore file. */
    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) {
      entries.put(path(file), unreadable());
      return FileVisitResult.CONTINUE;
    }

    private String path(Path file) {
      return root.relativize(file).toString();
    }

    private static SourceFiles.Entry entry(Path file, BasicFileAttributes attributes)
        throws IOException {
      if (attributes.isSymbolicLink()) {
        return new SourceFiles.Link(Files.readSymbolicLink(file).toString());
      }
      if (!attributes.isRegularFile()) {
        return new SourceFiles.Unpackable(
            "is neither a file, a directory nor a link: remove it, or name it in .amlignore.");
      }
      return Files.isReadable(file)
          ? new SourceFiles.File(
              attributes.size(), Files.isExecutable(file), () -> Files.newInputStream(file))
          : unreadable();
    }

    private static SourceFiles.Entry unreadable() {
      return new SourceFiles.Unpackable(
          "may not be read by user and group 1000: change its mode, or name it in .amlignore.");
    }
  }
}
