package dev.trainyard.operator.provider.dsvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HttpExchangeTest {

  @Test
  void aBodyOfKnownLengthEndsThere() throws IOException {
    var exchange = answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello and more");

    assertThat(exchange.status()).isEqualTo(200);
    assertThat(text(exchange)).isEqualTo("hello");
  }

  @Test
  void chunksAreJoined() throws IOException {
    var exchange =
        answer(
            "HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\n"
                + "4\r\nabcd\r\nA;x=y\r\n0123456789\r\n0\r\n\r\nnot this");

    assertThat(exchange.status()).isEqualTo(201);
    assertThat(text(exchange)).isEqualTo("abcd0123456789");
  }

  @Test
  void anAnswerThatEndsInAChunkIsAnError() throws IOException {
    var exchange = answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc");

    assertThatThrownBy(() -> text(exchange)).isInstanceOf(IOException.class);
  }

  @Test
  void anAnswerWithoutContentIsOverAtItsHead() throws IOException {
    var exchange = answer("HTTP/1.1 204 No Content\r\n\r\nwhat follows is not waited for");

    assertThat(text(exchange)).isEmpty();
  }

  @Test
  void theRequestHasItsBodyAndHeaders() throws IOException {
    var sent = new ByteArrayOutputStream();
    HttpExchange.send(
        stream("HTTP/1.1 204 No Content\r\n\r\n"),
        sent,
        "POST",
        "/x",
        Map.of("A", "b"),
        "{}".getBytes(StandardCharsets.UTF_8));

    assertThat(sent.toString(StandardCharsets.US_ASCII))
        .startsWith("POST /x HTTP/1.1\r\n")
        .contains("\r\nContent-Length: 2\r\n", "\r\nA: b\r\n", "\r\nConnection: close\r\n")
        .endsWith("\r\n\r\n{}");
  }

  @Test
  void endlessHeadersAndNoiseAreErrorsAndNothingElse() {
    assertThatThrownBy(() -> answer("HTTP/1.1 200 OK\r\n" + "a: b\r\n".repeat(1_000)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> answer("HTTP/1.1 200 " + "x".repeat(100_000)))
        .isInstanceOf(IOException.class);
    var random = new Random(7);
    for (int i = 0; i < 2_000; i++) {
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      String text = "HTTP/1.1 200 \r\n" + new String(noise, StandardCharsets.ISO_8859_1);
      assertThat(outcome(text)).isIn("answer", "IOException");
    }
  }

  private static String outcome(String text) {
    try {
      text(answer(text));
      return "answer";
    } catch (IOException e) {
      return "IOException";
    }
  }

  private static HttpExchange answer(String text) throws IOException {
    return HttpExchange.send(
        stream(text), new ByteArrayOutputStream(), "GET", "/", Map.of(), new byte[0]);
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String text(HttpExchange exchange) throws IOException {
    return new String(exchange.body().readAllBytes(), StandardCharsets.ISO_8859_1);
  }
}
