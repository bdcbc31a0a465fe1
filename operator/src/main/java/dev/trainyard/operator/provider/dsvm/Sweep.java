package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes away what runs left on a machine and nobody wants any more: of runs that are over, of
 * attempts that were followed by another, and of runs that were deleted. Only what carries the uid
 * of the target is touched, since other clusters may use the same machine.
 */
final class Sweep {
  private static final Logger LOG = LoggerFactory.getLogger(Sweep.class);

  private final Runs runs;
  private final ImageCache images;

  Sweep(Runs runs, ImageCache images) {
    this.runs = runs;
    this.images = images;
  }

  void sweep(SshConnection connection, String targetUid, CacheSizes cache, boolean docker)
      throws SshFailure {
    boolean removed = false;
    for (Processes.Kept kept : Processes.list(connection, targetUid)) {
      if (isUnwanted(kept.namespace(), kept.run(), kept.runUid(), kept.attempt())) {
        LOG.info("Removing the folder of {}/{}, which is over", kept.namespace(), kept.run());
        Processes.remove(connection, kept.folder());
        removed = true;
      }
    }
    if (removed) {
      UnpackedEnvironments.trim(connection, cache.environmentsMib());
    }
    if (docker) {
      containers(connection, targetUid, cache);
    }
  }

  private void containers(SshConnection connection, String targetUid, CacheSizes cache)
      throws SshFailure {
    boolean removed = false;
    try {
      for (Containers.Kept kept : Containers.list(connection, targetUid)) {
        if (isUnwanted(kept.namespace(), kept.run(), kept.runUid(), kept.attempt())) {
          LOG.info("Removing the container of {}/{}, which is over", kept.namespace(), kept.run());
          Containers.ask(connection, "DELETE", "/containers/" + kept.id() + "?force=1&v=1");
          removed = true;
        }
      }
    } catch (EngineException e) {
      LOG.warn("{} could not be swept: {}", connection.host().text(), e.getMessage());
    }
    if (removed) {
      images.trim(connection, cache.imagesMib());
    }
  }

  private boolean isUnwanted(String namespace, String run, String uid, int attempt) {
    return runs.want(namespace, run, uid, attempt) == Runs.Want.NOTHING;
  }
}
