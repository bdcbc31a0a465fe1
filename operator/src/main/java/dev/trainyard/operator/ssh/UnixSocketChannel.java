package dev.trainyard.operator.ssh;

import java.io.IOException;
import java.net.InetSocketAddress;
import org.apache.sshd.client.channel.ChannelDirectTcpip;
import org.apache.sshd.client.future.DefaultOpenFuture;
import org.apache.sshd.client.future.OpenFuture;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.SshException;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.net.SshdSocketAddress;

/**
 * A channel to a Unix socket of the host: OpenSSH's {@code direct-streamlocal@openssh.com}, as
 * section 2.4 of its PROTOCOL file describes it. Streams are those of a direct-tcpip channel.
 */
final class UnixSocketChannel extends ChannelDirectTcpip {
  private static final String TYPE = "direct-streamlocal@openssh.com";
  private static final SshdSocketAddress NOWHERE = new SshdSocketAddress("localhost", 0);

  private final String path;

  UnixSocketChannel(String path) {
    super(NOWHERE, NOWHERE);
    this.path = path;
  }

  @Override
  public synchronized OpenFuture open() throws IOException {
    if (closeFuture.isClosed()) {
      throw new SshException("The session is closed");
    }
    openFuture = new DefaultOpenFuture(InetSocketAddress.createUnresolved(path, 0), futureLock);
    Buffer buffer =
        getSession()
            .createBuffer(SshConstants.SSH_MSG_CHANNEL_OPEN, TYPE.length() + path.length() + 64);
    buffer.putString(TYPE);
    buffer.putUInt(getChannelId());
    buffer.putUInt(getLocalWindow().getSize());
    buffer.putUInt(getLocalWindow().getPacketSize());
    buffer.putString(path);
    buffer.putString("");
    buffer.putUInt(0);
    writePacket(buffer);
    return openFuture;
  }
}
