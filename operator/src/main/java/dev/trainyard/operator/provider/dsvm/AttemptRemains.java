package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.history.ArchiveEntries;
import dev.trainyard.history.Part;
import dev.trainyard.oci.BlockInputStream;
import dev.trainyard.operator.provider.BackendUnavailableException;
import dev.trainyard.operator.provider.Outputs;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunObservation;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.status.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What an attempt left on its machine, for whoever stores it in a time of his own. Reading waits
 * for the machine and is never done by a reconcile; what breaks off can be read again.
 */
final class AttemptRemains {
  /** As much as goes through one connection in the time that there is. */
  private static final long LARGEST_DIRECTORY = 100L << 30;

  private static final int MOST_DIRECTORIES = 100;
  private static final int LONGEST_NAME = 1_024;

  private final Attempt attempt;
  private final RunAttempt id;
  private final MachinePool machines;
  private final Executions executions;
  private final Supplier<Optional<DsvmTargetProvider.Place>> place;

  AttemptRemains(
      Attempt attempt,
      RunAttempt id,
      MachinePool machines,
      Executions executions,
      Supplier<Optional<DsvmTargetProvider.Place>> place) {
    this.attempt = attempt;
    this.id = id;
    this.machines = machines;
    this.executions = executions;
    this.place = place;
  }

  /** What the script printed; waits until the attempt is over, for a while. */
  Optional<InputStream> output() throws IOException {
    if (!attempt.awaitOver()) {
      throw new BackendUnavailableException("The machine does not say that the attempt is over.");
    }
    if (attempt.seen() instanceof RunObservation.Gone) {
      return Optional.empty();
    }
    try {
      SshConnection connection = connection();
      return executions.remains(connection, id).output(connection, id).map(this::read);
    } catch (SshFailure e) {
      throw unavailable(e);
    }
  }

  /** How far the storing is: it can begin once the attempt is over. */
  Outputs outputs() {
    return switch (attempt.seen()) {
      case RunObservation.Ended ended -> new Outputs.Readable(this::directories);
      case RunObservation.Gone gone ->
          new Outputs.Lost(
              Reason.HISTORY_INCOMPLETE,
              "What the script left in outputs and logs is lost: its container or folder was gone"
                  + " before it was read.");
      case RunObservation.Unknown unknown -> new Outputs.Collecting(unknown.message());
      case RunObservation.Waiting waiting -> new Outputs.Collecting(waiting.message());
      case RunObservation.Fresh fresh -> new Outputs.Collecting("The script is being begun.");
      case RunObservation.Running running -> new Outputs.Collecting("The script is being ended.");
    };
  }

  private List<Part.Tree> directories() throws IOException {
    try {
      SshConnection connection = connection();
      Remains remains = executions.remains(connection, id);
      var trees = new ArrayList<Part.Tree>();
      for (String directory : remains.directories(connection, id)) {
        if (isUsable(directory) && trees.size() < MOST_DIRECTORIES) {
          var entries =
              new ArchiveEntries(
                  path -> tar(remains, connection, path), directory, LARGEST_DIRECTORY);
          if (entries.areThere()) {
            trees.add(new Part.Tree(directory, entries));
          }
        }
      }
      return trees;
    } catch (SshFailure e) {
      throw unavailable(e);
    }
  }

  /** The machine tells the names, and they become names in the artifact. */
  static boolean isUsable(String directory) {
    if (directory.length() > LONGEST_NAME || directory.chars().anyMatch(Character::isISOControl)) {
      return false;
    }
    Path path = Path.of(directory);
    return !directory.isEmpty()
        && !path.isAbsolute()
        && path.normalize().toString().equals(directory)
        && !path.startsWith("..");
  }

  private Optional<InputStream> tar(Remains remains, SshConnection connection, String path)
      throws IOException {
    try {
      return remains.tar(connection, id, path).map(this::read);
    } catch (SshFailure e) {
      throw unavailable(e);
    }
  }

  private SshConnection connection() throws SshFailure, IOException {
    var where = place.get();
    if (where.isEmpty()) {
      throw new BackendUnavailableException("The target is not there, or was not looked at yet.");
    }
    try {
      return machines.machine(where.get().machine()).connection();
    } catch (MissingSecretException e) {
      throw new BackendUnavailableException(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BackendUnavailableException("The reading was ended.", e);
    }
  }

  private static BackendUnavailableException unavailable(Exception e) {
    return new BackendUnavailableException(Unreachable.sentence(e), e);
  }

  /** The same bytes; what goes wrong with them can be tried again. */
  private InputStream read(InputStream from) {
    return new BlockInputStream(from) {
      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
          return in.read(bytes, offset, length);
        } catch (IOException e) {
          throw unavailable(e);
        }
      }
    };
  }
}
