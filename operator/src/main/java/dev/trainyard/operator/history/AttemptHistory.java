package dev.trainyard.operator.history;

import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.provider.RunAttempt;
import dev.trainyard.operator.provider.RunProvider;

/** Stores what attempts leave; every call is short and finds what the one before it began. */
public interface AttemptHistory {

  /** Begins to store an attempt's output while it is still being written; it is about to end. */
  void follow(RunProvider provider, RunAttempt attempt);

  /** Stores what an attempt that is over left, or says how far that is. */
  Collection collect(RunProvider provider, RunAttempt attempt) throws RegistryException;

  /** The attempt is recorded in the run's status; what was kept of it here is let go. */
  void forget(RunAttempt attempt);
}
