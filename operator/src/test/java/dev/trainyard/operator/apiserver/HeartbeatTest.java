package dev.trainyard.operator.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class HeartbeatTest {
  private final Heard heard = new Heard();
  private final HttpClient client =
      new HeartbeatClientBuilder(HttpClient.newBuilder(), Duration.ofMillis(100)).build();
  private ServerSocket server = new ServerSocket();

  HeartbeatTest() throws IOException {}

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void close() throws IOException {
    server.close();
    client.shutdownNow();
  }

  @Test
  void aServerThatFallsSilentIsTakenForGone() throws Exception {
    try (Socket connection = connect()) {
      say(connection, "hello");
      assertThat(heard.next()).isEqualTo("hello");
      assertThat(heard.next()).startsWith(SocketTimeoutException.class.getName());
    }
  }

  @Test
  void aServerThatOnlyAnswersPingsIsNotTakenForGone() throws Exception {
    try (Socket connection = connect()) {
      for (int pings = 0; pings < 5; pings++) {
        answerPing(connection);
      }
      say(connection, "still there");
      assertThat(heard.next()).isEqualTo("still there");
    }
  }

  @Test
  void aListenerThatTakesLongIsNoSilence() throws Exception {
    var release = new CountDownLatch(1);
    heard.hold = release;
    try (Socket connection = connect()) {
      say(connection, "much to do");
      for (int pings = 0; pings < 3; pings++) {
        answerPing(connection);
      }
      release.countDown();
      assertThat(heard.next()).isEqualTo("much to do");
      say(connection, "more");
      assertThat(heard.next()).isEqualTo("more");
    }
  }

  /** Without a heartbeat the JDK tells nothing, for ever. */
  @Test
  void anEndThatComesWhileAMessageIsHandledIsTold() throws Exception {
    heard.hold = new CountDownLatch(1);
    heard.atMost = Duration.ofMillis(500);
    try (Socket connection = connect()) {
      say(connection, "last words");
      heard.holding.await();
    }
    assertThat(heard.next()).isEqualTo("last words");
    assertThat(heard.next())
        .satisfiesAnyOf(
            end -> assertThat(end).isEqualTo("closed 1000"),
            end -> assertThat(end).startsWith(SocketTimeoutException.class.getName()));
  }

  @Test
  void theEndIsToldOnce() throws Exception {
    try (Socket connection = connect()) {
      say(connection, "bye");
      assertThat(heard.next()).isEqualTo("bye");
    }
    assertThat(heard.next()).isNotNull();
    assertThat(heard.events.poll(400, TimeUnit.MILLISECONDS)).isNull();
  }

  private Socket connect() throws IOException {
    var opened =
        client
            .newWebSocketBuilder()
            .buildAsync(URI.create("ws://localhost:" + server.getLocalPort()), heard);
    Socket connection = server.accept();
    shakeHands(connection);
    opened.join();
    return connection;
  }

  /** Source: RFC 6455, section 4.2.2. */
  private static void shakeHands(Socket connection) throws IOException {
    var lines =
        new BufferedReader(
            new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
    String key = "";
    for (String line = lines.readLine(); !line.isEmpty(); line = lines.readLine()) {
      if (line.startsWith("Sec-WebSocket-Key: ")) {
        key = line.substring("Sec-WebSocket-Key: ".length());
      }
    }
    try {
      byte[] accept =
          MessageDigest.getInstance("SHA-1")
              .digest(
                  (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                      .getBytes(StandardCharsets.US_ASCII));
      write(
          connection,
          ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  + "Sec-WebSocket-Accept: "
                  + Base64.getEncoder().encodeToString(accept)
                  + "\r\n\r\n")
              .getBytes(StandardCharsets.US_ASCII));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void say(Socket connection, String text) throws IOException {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    byte[] frame = new byte[payload.length + 2];
    frame[0] = (byte) 0x81;
    frame[1] = (byte) payload.length;
    System.arraycopy(payload, 0, frame, 2, payload.length);
    write(connection, frame);
  }

  private static void answerPing(Socket connection) throws IOException {
    InputStream in = connection.getInputStream();
    assertThat(in.readNBytes(2))
        .as("an empty ping")
        .isEqualTo(new byte[] {(byte) 0x89, (byte) 0x80});
    assertThat(in.readNBytes(4)).as("its mask").hasSize(4);
    write(connection, new byte[] {(byte) 0x8a, 0});
  }

  private static void write(Socket connection, byte[] bytes) throws IOException {
    OutputStream out = connection.getOutputStream();
    out.write(bytes);
    out.flush();
  }

  /** Keeps what it hears, and requests the next message when it is done with one. */
  private static final class Heard implements WebSocket.Listener {
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    final CountDownLatch holding = new CountDownLatch(1);
    volatile CountDownLatch hold = new CountDownLatch(0);

    /** Nothing shows when the end of the connection has arrived: to be slow is the fault itself. */
    volatile Duration atMost = Duration.ofSeconds(20);

    String next() throws InterruptedException {
      return events.take();
    }

    @Override
    public @Nullable CompletionStage<?> onText(
        WebSocket webSocket, CharSequence data, boolean last) {
      String text = data.toString();
      holding.countDown();
      try {
        hold.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      events.add(text);
      webSocket.request(1);
      return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
      events.add("closed " + code);
      return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
      events.add(error.toString());
    }
  }
}
