package dev.trainyard.testbed.faults;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Passes the body of an HTTP/1.1 message on as it is, piece by piece. */
final class HttpBody {
  private HttpBody() {}

  /** The body of a request: none unless its head says so. */
  static void request(HttpHead head, InputStream in, OutputStream out) throws IOException {
    if (isChunked(head)) {
      chunks(in, out);
    } else {
      exactly(length(head, 0), in, out);
    }
    out.flush();
  }

  /**
   * The body of an answer.
   *
   * @return whether the connection can be used again
   */
  static boolean answer(HttpHead request, HttpHead answer, InputStream in, OutputStream out)
      throws IOException {
    boolean none =
        request.word(0).equals("HEAD") || answer.status() == 204 || answer.status() == 304;
    if (none) {
      return true;
    }
    if (isChunked(answer)) {
      chunks(in, out);
      return true;
    }
    long length = length(answer, -1);
    if (length < 0) {
      in.transferTo(out);
      return false;
    }
    exactly(length, in, out);
    return true;
  }

  private static boolean isChunked(HttpHead head) {
    return head.header("Transfer-Encoding").filter("chunked"::equalsIgnoreCase).isPresent();
  }

  private static long length(HttpHead head, long otherwise) {
    return head.header("Content-Length").map(Long::parseLong).orElse(otherwise);
  }

  private static void exactly(long length, InputStream in, OutputStream out) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (long left = length; left > 0; ) {
      int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (read < 0) {
        throw new EOFException("the connection ended within a body");
      }
      out.write(buffer, 0, read);
      left -= read;
    }
  }

  private static void chunks(InputStream in, OutputStream out) throws IOException {
    long size;
    do {
      String line = line(in);
      size = Long.parseLong(line.split(";", 2)[0].strip(), 16);
      out.write((line + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
      exactly(size + 2, in, out);
      // Events of a watch are not to wait for the next one.
      out.flush();
    } while (size > 0);
  }

  private static String line(InputStream in) throws IOException {
    var text = new StringBuilder();
    for (int value = in.read(); value != '\n'; value = in.read()) {
      if (value < 0) {
        throw new EOFException("the connection ended within a chunk");
      }
      if (value != '\r') {
        text.append((char) value);
      }
    }
    return text.toString();
  }
}
