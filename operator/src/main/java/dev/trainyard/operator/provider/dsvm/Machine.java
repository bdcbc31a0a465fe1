package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.api.v1alpha1.SshEndpoint;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshConnector;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.ssh.SshHost;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One machine as one target's login sees it: a connection that everything on it shares, made when
 * it is needed. After a failure everybody gets the same answer for a moment.
 */
final class Machine {
  private static final Duration SAME_ANSWER = Duration.ofSeconds(3);

  private final String namespace;
  private final SshEndpoint endpoint;
  private final Endpoints endpoints;
  private final SshConnector connector;
  private final ReentrantLock lock = new ReentrantLock();

  private @Nullable SshConnection connection;
  private @Nullable SshFailure failure;
  private long failedAt;

  Machine(String namespace, SshEndpoint endpoint, Endpoints endpoints, SshConnector connector) {
    this.namespace = namespace;
    this.endpoint = endpoint;
    this.endpoints = endpoints;
    this.connector = connector;
  }

  /** The shared connection. */
  SshConnection connection() throws SshFailure, MissingSecretException, InterruptedException {
    lock.lockInterruptibly();
    try {
      if (connection != null && connection.isOpen()) {
        return connection;
      }
      if (failure != null && System.nanoTime() - failedAt < SAME_ANSWER.toNanos()) {
        throw failure;
      }
      failure = null;
      drop();
      connection = connector.connect(endpoints.host(namespace, endpoint));
      return connection;
    } catch (SshFailure e) {
      if (failure != e) {
        failure = e;
        failedAt = System.nanoTime();
      }
      throw e;
    } finally {
      lock.unlock();
    }
  }

  /** A connection of one's own, to be closed after use. */
  SshConnection separateConnection()
      throws SshFailure, MissingSecretException, InterruptedException {
    return connector.connect(endpoints.host(namespace, endpoint));
  }

  /** Ends the connection when the Secret no longer has what it was made with. */
  void renew() throws MissingSecretException, InterruptedException {
    SshHost wanted = endpoints.host(namespace, endpoint);
    lock.lockInterruptibly();
    try {
      if (connection != null && !connection.host().equals(wanted)) {
        drop();
      }
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      drop();
    } finally {
      lock.unlock();
    }
  }

  private void drop() {
    if (connection != null) {
      connection.close();
      connection = null;
    }
  }
}
