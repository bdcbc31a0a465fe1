package dev.trainyard.e2e.runs;

import dev.trainyard.testbed.install.Installation;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/**
 * Everything that the chart's registry keeps of a namespace, also what no tag leads to: its disk
 * says what there is, and what there is is read as anybody would.
 */
final class RegistryContent {
  private static final String REPOSITORIES = "/var/lib/registry/docker/registry/v2/repositories/";

  /** A blob or a manifest that a repository has, as CNCF distribution keeps it. */
  private static final Pattern LINK =
      Pattern.compile("_(layers|manifests/revisions)/sha256/([0-9a-f]{64})/link");

  private static final int CHUNK = 1 << 16;

  private final Yard yard;
  private final String repository;
  private final StoredHistory registry;

  RegistryContent(Yard yard) {
    this.yard = yard;
    this.repository = "trainyard/" + yard.namespace();
    this.registry = new StoredHistory(yard);
  }

  /** Blobs and manifests in whose content, unpacked where it is compressed, the text is found. */
  Set<String> with(List<String> texts) {
    var found = new TreeSet<String>();
    for (String what : everything()) {
      Optional<InputStream> stored = registry.find(repository, what);
      if (stored.isEmpty()) {
        // The artifacts of a run that is deleted meanwhile go, and nobody can fetch them any more.
        continue;
      }
      try (InputStream content = unpacked(stored.get())) {
        if (hasAny(content, texts)) {
          found.add(what);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return found;
  }

  /** The paths of all blobs and manifests below the repository. */
  Set<String> everything() {
    var everything = new TreeSet<String>();
    Matcher links = LINK.matcher(disk());
    while (links.find()) {
      String kind = links.group(1).equals("layers") ? "blobs" : "manifests";
      everything.add(kind + "/sha256:" + links.group(2));
    }
    return everything;
  }

  private String disk() {
    Pod pod =
        yard.client()
            .pods()
            .inNamespace(Installation.NAMESPACE)
            .withLabel("app.kubernetes.io/component", "registry")
            .list()
            .getItems()
            .getFirst();
    var out = new ByteArrayOutputStream();
    try (var exec =
        yard.client()
            .pods()
            .resource(pod)
            .writingOutput(out)
            .exec("find", REPOSITORIES + repository, "-name", "link")) {
      exec.exitCode().join();
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private static InputStream unpacked(InputStream stored) throws IOException {
    var content = new BufferedInputStream(stored, CHUNK);
    content.mark(2);
    boolean compressed = content.read() == 0x1f && content.read() == 0x8b;
    content.reset();
    return compressed ? new GZIPInputStream(content, CHUNK) : content;
  }

  /** Looks at overlapping pieces, so that nothing is missed between two of them. */
  private static boolean hasAny(InputStream content, List<String> texts) throws IOException {
    int overlap = texts.stream().mapToInt(String::length).max().orElse(1);
    String before = "";
    for (byte[] chunk = content.readNBytes(CHUNK);
        chunk.length > 0;
        chunk = content.readNBytes(CHUNK)) {
      String piece = before + new String(chunk, StandardCharsets.ISO_8859_1);
      if (texts.stream().anyMatch(piece::contains)) {
        return true;
      }
      before = piece.substring(Math.max(0, piece.length() - overlap));
    }
    return false;
  }
}
