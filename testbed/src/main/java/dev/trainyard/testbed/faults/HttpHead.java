package dev.trainyard.testbed.faults;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** First line and headers of an HTTP/1.1 message. */
record HttpHead(String firstLine, List<String> headers) {
  private static final int LONGEST = 1 << 20;

  /**
   * Reads a head; empty when the connection ends before one begins.
   *
   * @throws IOException also when what comes is not HTTP
   */
  static Optional<HttpHead> read(InputStream in) throws IOException {
    var bytes = new ByteArrayOutputStream();
    int ending = 0;
    while (ending < 4) {
      int value = in.read();
      if (value < 0) {
        if (bytes.size() == 0) {
          return Optional.empty();
        }
        throw new EOFException("the connection ended within a head");
      }
      if (bytes.size() == 0 && !Character.isLetter(value)) {
        // A Docker engine tries TLS first, and would wait for an answer to it.
        throw new IOException("this is not HTTP");
      }
      bytes.write(value);
      ending = value == (ending % 2 == 0 ? '\r' : '\n') ? ending + 1 : value == '\r' ? 1 : 0;
      if (bytes.size() > LONGEST) {
        throw new IOException("a head of more than " + LONGEST + " bytes");
      }
    }
    List<String> lines = bytes.toString(StandardCharsets.ISO_8859_1).lines().toList();
    return Optional.of(
        new HttpHead(
            lines.getFirst(),
            new ArrayList<>(
                lines.subList(1, lines.size()).stream().filter(line -> !line.isEmpty()).toList())));
  }

  Optional<String> header(String name) {
    String prefix = name.toLowerCase(Locale.ROOT) + ":";
    return headers.stream()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
        .map(line -> line.substring(prefix.length()).strip())
        .findFirst();
  }

  /** The same without some headers. */
  HttpHead without(Set<String> names) {
    return new HttpHead(
        firstLine,
        headers.stream()
            .filter(line ->
                !names.contains(line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT)))
            .toList());
  }

  HttpHead with(String name, String value) {
    var more = new ArrayList<>(without(Set.of(name.toLowerCase(Locale.ROOT))).headers);
    more.add(name + ": " + value);
    return new HttpHead(firstLine, more);
  }

  String word(int index) {
    return firstLine.split(" ", 3)[index];
  }

  int status() {
    return Integer.parseInt(word(1));
  }

  byte[] bytes() {
    var text = new StringBuilder(firstLine).append("\r\n");
    headers.forEach(line -> text.append(line).append("\r\n"));
    return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
