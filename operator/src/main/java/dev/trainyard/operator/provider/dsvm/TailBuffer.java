package dev.trainyard.operator.provider.dsvm;

import java.nio.charset.StandardCharsets;

/** Keeps the last bytes of what is written to it. */
final class TailBuffer {
  private final byte[] ring;
  private long written;

  TailBuffer(int size) {
    ring = new byte[size];
  }

  void write(byte[] bytes, int count) {
    for (int i = 0; i < count; i++) {
      ring[(int) (written++ % ring.length)] = bytes[i];
    }
  }

  String text() {
    int length = (int) Math.min(written, ring.length);
    byte[] text = new byte[length];
    for (int i = 0; i < length; i++) {
      text[i] = ring[(int) ((written - length + i) % ring.length)];
    }
    return new String(text, StandardCharsets.UTF_8);
  }
}
