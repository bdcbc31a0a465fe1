package dev.trainyard.operator.provider.dsvm;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One request and its answer in HTTP/1.1 (RFC 9112) over a stream that is closed afterwards, as the
 * Docker engine's API needs it: no redirects, no trailers, no compression.
 */
final class HttpExchange {
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;
  private static final int LONGEST_LINE = 16 * 1024;
  private static final int MOST_HEADERS = 100;

  private final InputStream in;
  private int status;
  private final Map<String, String> headers = new HashMap<>();

  private HttpExchange(InputStream in) {
    this.in = in;
  }

  /** Sends the request and reads the answer's head. */
  static HttpExchange send(
      InputStream in,
      OutputStream out,
      String method,
      String path,
      Map<String, String> headers,
      byte[] body)
      throws IOException {
    var head = new StringBuilder(method + " " + path + " HTTP/1.1\r\n");
    head.append("Host: docker\r\nConnection: close\r\nContent-Length: ")
        .append(body.length)
        .append("\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    out.write(head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII));
    out.write(body);
    out.flush();
    var exchange = new HttpExchange(in);
    exchange.readHead();
    return exchange;
  }

  int status() {
    return status;
  }

  /** The answer's body; it ends where the answer ends. */
  InputStream body() {
    if (status == NO_CONTENT || status == NOT_MODIFIED) {
      return InputStream.nullInputStream();
    }
    if ("chunked".equalsIgnoreCase(headers.get("transfer-encoding"))) {
      return new Chunks(in);
    }
    String length = headers.get("content-length");
    return length == null ? in : new Counted(in, parse(length, 10));
  }

  private void readHead() throws IOException {
    String[] words = line(in).split(" ", 3);
    if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("[1-5]\\d\\d")) {
      throw new IOException("the answer is not HTTP");
    }
    status = Integer.parseInt(words[1]);
    for (int count = 0; count < MOST_HEADERS; count++) {
      String header = line(in);
      if (header.isEmpty()) {
        return;
      }
      int colon = header.indexOf(':');
      if (colon > 0) {
        headers.put(
            header.substring(0, colon).toLowerCase(Locale.ROOT),
            header.substring(colon + 1).strip());
      }
    }
    throw new IOException("the answer has too many headers");
  }

  private static String line(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new EOFException("the answer ended early");
      }
      if (line.size() >= LONGEST_LINE) {
        throw new IOException("the answer has a line that is too long");
      }
      line.write(b);
    }
    return line.toString(StandardCharsets.ISO_8859_1).stripTrailing();
  }

  private static long parse(String number, int radix) {
    try {
      return Math.max(0, Long.parseLong(number, radix));
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  /** A body of known length. */
  private static final class Counted extends InputStream {
    private final InputStream in;
    private long left;

    Counted(InputStream in, long left) {
      this.in = in;
      this.left = left;
    }

    @Override
    public int read() throws IOException {
      if (left == 0) {
        return -1;
      }
      int b = in.read();
      left = b < 0 ? 0 : left - 1;
      return b;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int count = in.read(bytes, offset, (int) Math.min(left, length));
      left = count < 0 ? 0 : left - count;
      return count;
    }
  }

  /** A body in chunks. */
  private static final class Chunks extends InputStream {
    private final InputStream in;
    private long left;
    private boolean first = true;
    private boolean over;

    Chunks(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left == 0 && !next()) {
        return -1;
      }
      int count = in.read(bytes, offset, (int) Math.min(left, length));
      if (count < 0) {
        throw new EOFException("the answer ended early");
      }
      left -= count;
      return count;
    }

    private boolean next() throws IOException {
      if (over) {
        return false;
      }
      if (!first) {
        line(in);
      }
      first = false;
      left = parse(line(in).split(";", 2)[0].strip(), 16);
      over = left == 0;
      return !over;
    }
  }
}
