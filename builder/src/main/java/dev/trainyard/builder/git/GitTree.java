package dev.trainyard.builder.git;

import dev.trainyard.snapshot.SourceException;
import dev.trainyard.snapshot.SourceException.Reason;
import dev.trainyard.snapshot.SourceFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevTree;
import org.eclipse.jgit.treewalk.TreeWalk;

/** Reads the directory that a source names from the tree of a commit. */
final class GitTree {
  private static final int LARGEST_POINTER = 1024;
  private static final byte[] POINTER =
      "version https://git-lfs.github.com/spec/".getBytes(StandardCharsets.US_ASCII);

  private final Repository repository;
  private final GitSource source;

  GitTree(Repository repository, GitSource source) {
    this.repository = repository;
    this.source = source;
  }

  /** Every entry of the directory but directories, by its path in it. */
  Map<String, SourceFiles.Entry> entries(RevTree tree) throws SourceException, IOException {
    var entries = new TreeMap<String, SourceFiles.Entry>();
    try (var walk = new TreeWalk(repository)) {
      walk.addTree(directory(tree));
      walk.setRecursive(true);
      while (walk.next()) {
        String path = path(walk.getRawPath());
        if (entries.put(path, entry(walk, path)) != null) {
          throw invalid(path, "is in its directory twice.");
        }
      }
    }
    return entries;
  }

  private ObjectId directory(RevTree tree) throws SourceException, IOException {
    var names =
        Arrays.stream(source.path().split("/"))
            .filter(name -> !name.isEmpty() && !name.equals("."))
            .toList();
    if (source.path().startsWith("/") || names.contains("..")) {
      throw new SourceException(
          Reason.PATH_ESCAPES,
          "source.git.path '" + source.path() + "' leads out of the repository.");
    }
    if (names.isEmpty()) {
      return tree;
    }
    try (TreeWalk found = TreeWalk.forPath(repository, String.join("/", names), tree)) {
      if (found != null && found.getFileMode(0).equals(FileMode.TREE)) {
        return found.getObjectId(0);
      }
      throw new SourceException(
          Reason.PATH_NOT_FOUND,
          "source.git.path '"
              + source.path()
              + "' is "
              + (found == null ? "not in " : "not a directory of ")
              + "the repository at its "
              + source.place()
              + ".");
    }
  }

  private SourceFiles.Entry entry(TreeWalk walk, String path) throws SourceException, IOException {
    FileMode mode = walk.getFileMode(0);
    ObjectId id = walk.getObjectId(0);
    if (mode.equals(FileMode.GITLINK)) {
      return new SourceFiles.Unpackable(
          "is a submodule, which is not fetched: name it in .amlignore, or bring its files into the"
              + " repository.");
    }
    if (mode.equals(FileMode.SYMLINK)) {
      byte[] target = repository.open(id, Constants.OBJ_BLOB).getCachedBytes(1 << 16);
      return new SourceFiles.Link(text(target, path));
    }
    long size = walk.getObjectReader().getObjectSize(id, Constants.OBJ_BLOB);
    if (size <= LARGEST_POINTER && isPointer(id)) {
      return new SourceFiles.Unpackable(
          "is a pointer of Git LFS, whose content is not fetched: name it in .amlignore, or bring"
              + " the data by a volume.");
    }
    return new SourceFiles.File(
        size,
        mode.equals(FileMode.EXECUTABLE_FILE),
        () -> repository.open(id, Constants.OBJ_BLOB).openStream());
  }

  private boolean isPointer(ObjectId id) throws IOException {
    byte[] bytes = repository.open(id, Constants.OBJ_BLOB).getCachedBytes(LARGEST_POINTER);
    return bytes.length >= POINTER.length
        && Arrays.equals(bytes, 0, POINTER.length, POINTER, 0, POINTER.length);
  }

  private static String path(byte[] raw) throws SourceException {
    return text(raw, new String(raw, StandardCharsets.ISO_8859_1));
  }

  private static String text(byte[] raw, String shown) throws SourceException {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(raw)).toString();
    } catch (CharacterCodingException e) {
      throw invalid(shown, "has a name or target that is not UTF-8: rename it.");
    }
  }

  private static SourceException invalid(String path, String why) {
    return new SourceException(Reason.SOURCE_INVALID, "'" + path + "' " + why);
  }
}
