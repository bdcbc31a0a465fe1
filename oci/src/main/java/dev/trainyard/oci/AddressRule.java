package dev.trainyard.oci;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * Which addresses a URL that a user gave may lead to. The pods of Trainyard stand where the user
 * does not: what they fetch for a user must not be the node's metadata service, or a service of the
 * cluster that trusts its neighbours.
 */
public enum AddressRule {
  /** Anything but this machine and its own link: loopback, link-local, multicast. */
  OFF_THIS_MACHINE,
  /** Addresses of the Internet only: private and cluster-internal ranges are refused too. */
  PUBLIC;

  /**
   * Looks a host up.
   *
   * @return what is wrong with one of its addresses, to go on after the host's name; empty when all
   *     may be reached, or when there are none and the connection itself will say so
   */
  public Optional<String> refusal(String host) {
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        Optional<String> refusal = refusal(address);
        if (refusal.isPresent()) {
          return refusal;
        }
      }
      return Optional.empty();
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  /** What is wrong with an address; empty when it may be reached. */
  public Optional<String> refusal(InetAddress address) {
    String kind = kind(address);
    return kind.isEmpty()
        ? Optional.empty()
        : Optional.of("has the address " + address.getHostAddress() + ", which is " + kind);
  }

  private String kind(InetAddress address) {
    if (address.isLoopbackAddress() || address.isAnyLocalAddress() || isThisNetwork(address)) {
      return "this machine itself";
    }
    if (address.isLinkLocalAddress()) {
      return "link-local";
    }
    if (address.isMulticastAddress()) {
      return "multicast";
    }
    return this == PUBLIC && isPrivate(address) ? "private or of a cluster" : "";
  }

  private static boolean isThisNetwork(InetAddress address) {
    return address instanceof Inet4Address && address.getAddress()[0] == 0;
  }

  private static boolean isPrivate(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (address instanceof Inet6Address) {
      boolean uniqueLocal = (bytes[0] & 0xfe) == 0xfc;
      return uniqueLocal || address.isSiteLocalAddress() || isTranslated(bytes);
    }
    boolean shared = bytes[0] == 100 && (bytes[1] & 0xc0) == 64;
    boolean reserved = (bytes[0] & 0xf0) == 0xf0;
    return shared || reserved || address.isSiteLocalAddress();
  }

  /** 64:ff9b::/96 (RFC 6052), behind which any IPv4 address can be. */
  private static boolean isTranslated(byte[] bytes) {
    return bytes[0] == 0
        && bytes[1] == 0x64
        && (bytes[2] & 0xff) == 0xff
        && (bytes[3] & 0xff) == 0x9b;
  }
}
