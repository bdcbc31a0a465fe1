package dev.trainyard.operator.history;

import dev.trainyard.history.StoredArtifact;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.provider.Outputs;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Function;

/** Stores what attempts left where nothing else stores it; the calls are short. */
final class ReadableOutputs {
  private static final int LONGEST_NOTE = 1_000;

  private final ConcurrentMap<String, OutputsTransfer> transfers = new ConcurrentHashMap<>();

  /**
   * How far the storing is, which is begun when it was not.
   *
   * @param key of the attempt
   * @throws RegistryException when the registry does not take it; the next call begins anew
   */
  Outputs store(
      String key, Outputs.Readable outputs, Function<Outputs.Readable, OutputsTransfer> begin)
      throws RegistryException {
    return switch (transfers.computeIfAbsent(key, k -> begin.apply(outputs)).state()) {
      case OutputsTransfer.Storing storing -> new Outputs.Collecting(storing.message());
      case OutputsTransfer.Nothing nothing -> new Outputs.None();
      case OutputsTransfer.Stored stored ->
          new Outputs.Collected(
              stored.artifact().digest().text(),
              stored.artifact().bytes(),
              stored.artifact().files(),
              note(stored.artifact()),
              stored.metrics());
      case OutputsTransfer.Failed failed -> {
        transfers.remove(key);
        throw failed.cause();
      }
    };
  }

  /** Ends what is under way for an attempt. */
  void forget(String key) {
    OutputsTransfer transfer = transfers.remove(key);
    if (transfer != null) {
      transfer.abort();
    }
  }

  private static String note(StoredArtifact artifact) {
    if (artifact.skippedCount() == 0) {
      return "";
    }
    String skipped = String.join("; ", artifact.skipped());
    return artifact.skippedCount()
        + " entries were left out or changed: "
        + skipped.substring(0, Math.min(skipped.length(), LONGEST_NOTE));
  }
}
