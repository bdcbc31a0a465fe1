package dev.trainyard.operator.apiserver;

import java.net.SocketTimeoutException;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Sends a ping over a WebSocket at an interval, and ends it with an error when a whole interval
 * passes without a word of the other side. The one who listens then connects anew.
 *
 * <p>A watch can die without a word in two ways. A network that goes away sends nothing, as always.
 * And the JDK's WebSocket (seen in 25) loses the end of a connection that arrives while the message
 * before it is being handled: it reads on without demand, fails in {@code
 * TransportImpl.acknowledgeReception} with an error that nobody is told, and is silent for ever.
 *
 * <p>The listener has to request the next message when it is done with one, as that of the
 * Kubernetes client does: without demand no pong comes through.
 */
final class Heartbeat implements WebSocket.Listener {
  /** What the JDK says of a connection that ended without a farewell; nobody may send it. */
  private static final int CLOSED_ABNORMALLY = 1006;

  private final WebSocket.Listener listener;
  private final Duration interval;
  private final AtomicBoolean over = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean heard = true;
  private volatile boolean listening;

  /**
   * @param listener is told all that happens, and nothing once the WebSocket is over
   * @param interval of the pings
   */
  Heartbeat(WebSocket.Listener listener, Duration interval) {
    this.listener = listener;
    this.interval = interval;
  }

  @Override
  public void onOpen(WebSocket webSocket) {
    Thread.ofVirtual().name("heartbeat").start(() -> beat(webSocket));
    listener.onOpen(webSocket);
  }

  private void beat(WebSocket webSocket) {
    try {
      while (!ended.await(interval.toNanos(), TimeUnit.NANOSECONDS)) {
        if (!heard && !listening) {
          end(() -> listener.onError(webSocket, silence()));
          webSocket.abort();
          return;
        }
        heard = false;
        // A ping that cannot be sent has no pong.
        webSocket.sendPing(ByteBuffer.allocate(0)).exceptionally(failure -> webSocket);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private SocketTimeoutException silence() {
    return new SocketTimeoutException(
        "the server was silent for " + interval.toSeconds() + " s and answered no ping");
  }

  @Override
  public @Nullable CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
    listening = true;
    try {
      return listener.onText(webSocket, data, last);
    } finally {
      heard();
    }
  }

  @Override
  public @Nullable CompletionStage<?> onBinary(WebSocket webSocket, ByteBuffer data, boolean last) {
    listening = true;
    try {
      return listener.onBinary(webSocket, data, last);
    } finally {
      heard();
    }
  }

  @Override
  public @Nullable CompletionStage<?> onPing(WebSocket webSocket, ByteBuffer message) {
    heard();
    return listener.onPing(webSocket, message);
  }

  @Override
  public @Nullable CompletionStage<?> onPong(WebSocket webSocket, ByteBuffer message) {
    heard();
    return listener.onPong(webSocket, message);
  }

  private void heard() {
    heard = true;
    listening = false;
  }

  @Override
  public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int statusCode, String reason) {
    int code = statusCode == CLOSED_ABNORMALLY ? WebSocket.NORMAL_CLOSURE : statusCode;
    end(() -> listener.onClose(webSocket, code, reason));
    return null;
  }

  @Override
  public void onError(WebSocket webSocket, Throwable error) {
    end(() -> listener.onError(webSocket, error));
  }

  private void end(Runnable told) {
    if (over.compareAndSet(false, true)) {
      ended.countDown();
      told.run();
    }
  }
}
