package dev.trainyard.operator.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsTest {

  @Test
  void whatIsRequiredIsEnoughAndTheRestHasDefaults() {
    Settings settings = Settings.from(required());
    assertThat(settings.registryPush()).isEqualTo("registry:5000");
    assertThat(settings.registryPull()).isEqualTo("registry:5000");
    assertThat(settings.registryInsecure()).isFalse();
    assertThat(settings.registrySecret()).isEmpty();
    assertThat(settings.registryMirrors()).isEmpty();
    assertThat(settings.defaultBaseImage()).isEqualTo("mcr.microsoft.com/azureml/base:0.2.4");
    assertThat(settings.watchNamespaces()).isEmpty();
    assertThat(settings.httpPort()).isEqualTo(8080);
    assertThat(settings.allowInsecureSources()).isFalse();
    assertThat(settings.leaseNamespace()).isEmpty();
    assertThat(settings.fluxHosts())
        .containsExactly("source-controller.flux-system.svc.cluster.local");
  }

  @Test
  void listsAndMirrorsAreReadEntryByEntry() {
    Map<String, String> environment = required();
    environment.put("TRAINYARD_WATCH_NAMESPACES", "team-a, team-b,");
    environment.put(
        "TRAINYARD_REGISTRY_MIRRORS", "docker.io=http://mirror:5000,quay.io=https://mirror/quay");
    Settings settings = Settings.from(environment);
    assertThat(settings.watchNamespaces()).containsExactlyInAnyOrder("team-a", "team-b");
    assertThat(settings.registryMirrors())
        .containsEntry("docker.io", "http://mirror:5000")
        .containsEntry("quay.io", "https://mirror/quay");
  }

  @Test
  void everyProblemIsNamedAtOnce() {
    assertThatThrownBy(() -> Settings.from(Map.of("TRAINYARD_HTTP_PORT", "http")))
        .hasMessageContaining("TRAINYARD_REGISTRY_PUSH is not set")
        .hasMessageContaining("TRAINYARD_BUILDER_IMAGE is not set")
        .hasMessageContaining("TRAINYARD_HTTP_PORT is 'http'");
  }

  @ParameterizedTest
  @CsvSource({
    "TRAINYARD_REGISTRY_INSECURE, yes, write true or false",
    "TRAINYARD_ALLOW_INSECURE_SOURCES, 1, write true or false",
    "TRAINYARD_FLUX_HOSTS, flux:80, write host names",
    "TRAINYARD_HTTP_PORT, 65536, write a port from 0 to 65535",
    "TRAINYARD_HTTP_PORT, -1, write a port from 0 to 65535",
    "TRAINYARD_REGISTRY_MIRRORS, docker.io, write host=http(s)://mirror[:port]",
    "TRAINYARD_REGISTRY_MIRRORS, docker.io=mirror:5000, write host=http(s)://mirror[:port]"
  })
  void aWrongValueIsQuotedWithWhatToWrite(String name, String value, String advice) {
    Map<String, String> environment = required();
    environment.put(name, value);
    assertThatThrownBy(() -> Settings.from(environment))
        .isInstanceOf(Settings.InvalidSettingsException.class)
        .hasMessageContaining(name)
        .hasMessageContaining("'" + value + "'")
        .hasMessageContaining(advice);
  }

  private static Map<String, String> required() {
    return new HashMap<>(
        Map.of(
            "TRAINYARD_REGISTRY_PUSH", "registry:5000",
            "TRAINYARD_BUILDER_IMAGE", "builder:1"));
  }
}
