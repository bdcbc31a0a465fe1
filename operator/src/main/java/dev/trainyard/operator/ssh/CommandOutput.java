package dev.trainyard.operator.ssh;

import dev.trainyard.oci.BlockInputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.channel.ClientChannelEvent;

/**
 * What a command prints, as it comes. Its end is only told as an end when the command ended well;
 * otherwise reading fails, and so it does when the connection is lost. Closing it ends the command.
 */
public final class CommandOutput extends BlockInputStream {
  private static final Duration EXIT = Duration.ofSeconds(10);

  private final ChannelExec channel;
  private final LimitedOutput error;
  private final CompletableFuture<Void> alarm;
  private boolean over;

  CommandOutput(ChannelExec channel, LimitedOutput error, Duration limit) {
    super(channel.getInvertedOut());
    this.channel = channel;
    this.error = error;
    this.alarm =
        CompletableFuture.runAsync(
            () -> channel.close(false),
            CompletableFuture.delayedExecutor(limit.toMillis(), TimeUnit.MILLISECONDS));
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (over) {
      return -1;
    }
    int count = in.read(bytes, offset, length);
    if (count < 0) {
      over = true;
      end();
    }
    return count;
  }

  private void end() throws IOException {
    channel.waitFor(EnumSet.of(ClientChannelEvent.CLOSED), EXIT.toMillis());
    int code = Optional.ofNullable(channel.getExitStatus()).orElse(-1);
    if (code < 0) {
      throw new IOException(
          alarm.isDone()
              ? "a command took too long"
              : "the connection ended in the middle of a command");
    }
    if (code > 0) {
      throw new IOException(
          "a command ended with exit code " + code + ": " + Printable.text(error.text()));
    }
  }

  @Override
  public void close() {
    alarm.cancel(false);
    channel.close(false);
  }
}
