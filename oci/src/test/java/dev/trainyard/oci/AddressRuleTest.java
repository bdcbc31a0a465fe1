package dev.trainyard.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressRuleTest {

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, this machine itself",
    "127.8.8.8, this machine itself",
    "0.0.0.0, this machine itself",
    "0.1.2.3, this machine itself",
    "::1, this machine itself",
    "::, this machine itself",
    "::ffff:127.0.0.1, this machine itself",
    "169.254.169.254, link-local",
    "fe80::1, link-local",
    "224.0.0.1, multicast",
    "ff02::1, multicast"
  })
  void noUrlOfAUserLeadsToThisMachineOrItsLink(String address, String kind)
      throws UnknownHostException {
    for (AddressRule rule : AddressRule.values()) {
      assertThat(rule.refusal(InetAddress.getByName(address))).get().asString().contains(kind);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10.96.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "fd00::1",
        "fc00::1",
        "64:ff9b::a00:1"
      })
  void aPrivateAddressIsForRegistriesAndNotForSources(String address) throws UnknownHostException {
    InetAddress parsed = InetAddress.getByName(address);
    assertThat(AddressRule.PUBLIC.refusal(parsed)).get().asString().contains("private");
    assertThat(AddressRule.OFF_THIS_MACHINE.refusal(parsed)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"140.82.121.4", "8.8.8.8", "100.128.0.1", "172.32.0.1", "2606:50c0::1"})
  void thePublicInternetIsOpen(String address) throws UnknownHostException {
    assertThat(AddressRule.PUBLIC.refusal(InetAddress.getByName(address))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "127.1", "2130706433", "[::1]"})
  void aHostIsLookedUpHoweverItIsWritten(String host) {
    assertThat(AddressRule.PUBLIC.refusal(host)).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"no-such-host.invalid"})
  void aHostWithoutAddressIsLeftToTheConnection(String host) {
    assertThat(AddressRule.PUBLIC.refusal(host)).isEmpty();
  }
}
