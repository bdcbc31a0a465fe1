package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/** Reads what an attempt left on its machine. Streams are closed by the caller. */
interface Remains {

  /** How much of an output is read at most; machines keep less. */
  long MOST_OUTPUT = 128L << 20;

  /** What the script printed, as much as the machine keeps; empty when nothing is there. */
  Optional<InputStream> output(SshConnection connection, RunAttempt attempt) throws SshFailure;

  /** The directories that the attempt was told to leave, as the machine says: not to be trusted. */
  List<String> directories(SshConnection connection, RunAttempt attempt) throws SshFailure;

  /**
   * A tar of a directory or file.
   *
   * @param path below the working directory of the script
   * @return its names begin with the last name of the path; empty when it is not there
   */
  Optional<InputStream> tar(SshConnection connection, RunAttempt attempt, String path)
      throws SshFailure;
}
