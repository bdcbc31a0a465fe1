package dev.trainyard.operator.provider.dsvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LogFramesTest {

  @Test
  void framesOfBothStreamsAreJoined() throws IOException {
    assertThat(text(frames("begun\n", "", "done"), 1_000)).isEqualTo("begun\ndone");
  }

  @Test
  void itEndsAtTheLimit() throws IOException {
    assertThat(text(frames("0123456789", "0123456789"), 15)).hasSizeLessThanOrEqualTo(15);
  }

  @Test
  void framesWithoutContentAreNotReadForEver() throws IOException {
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 0;
          }
        };
    assertThat(new LogFrames(endless, 10_000).readAllBytes()).isEmpty();
  }

  @Test
  void aFrameThatIsCutOffIsAnError() throws IOException {
    byte[] whole = frames("0123456789").readAllBytes();
    var cut = new ByteArrayInputStream(whole, 0, whole.length - 3);
    assertThatThrownBy(() -> text(cut, 1_000)).isInstanceOf(IOException.class);
  }

  private static String text(InputStream from, long limit) throws IOException {
    return new String(new LogFrames(from, limit).readAllBytes(), StandardCharsets.UTF_8);
  }

  private static InputStream frames(String... texts) throws IOException {
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    int stream = 0;
    for (String text : texts) {
      out.write(new byte[] {(byte) (++stream % 2 + 1), 0, 0, 0});
      out.writeInt(text.length());
      out.writeBytes(text);
    }
    return new ByteArrayInputStream(bytes.toByteArray());
  }
}
