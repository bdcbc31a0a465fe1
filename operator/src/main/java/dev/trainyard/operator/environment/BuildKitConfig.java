package dev.trainyard.operator.environment;

import dev.trainyard.operator.settings.Settings;
import java.net.URI;

/**
 * The configuration file of BuildKit's daemon: where it keeps things, and how it reaches
 * registries.
 */
final class BuildKitConfig {
  /** Where the certificates of the settings' authorities are put. */
  static final String AUTHORITIES = BuildVolumes.WORK + "/registry.crt";

  private BuildKitConfig() {}

  /**
   * Its text.
   *
   * @param state directory that it may fill
   */
  static String text(Settings settings, String state) {
    var text = new StringBuilder("root = \"" + state + "\"\n");
    registry(text, settings.registryPush(), settings.registryInsecure(), settings);
    settings
        .registryMirrors()
        .forEach((host, mirror) -> {
          URI url = URI.create(mirror);
          text.append(
              "[registry.\"%s\"]\n  mirrors = [\"%s\"]\n".formatted(host, url.getAuthority()));
          if (!url.getAuthority().equals(settings.registryPush())) {
            registry(text, url.getAuthority(), "http".equals(url.getScheme()), settings);
          }
        });
    return text.toString();
  }

  private static void registry(
      StringBuilder text, String host, boolean plainHttp, Settings settings) {
    String heading = "[registry.\"" + host + "\"]\n";
    if (text.indexOf(heading) >= 0) {
      return;
    }
    text.append(heading).append("  http = ").append(plainHttp).append('\n');
    if (!settings.registryConnections().authorities().isEmpty()) {
      text.append("  ca = [\"").append(AUTHORITIES).append("\"]\n");
    }
  }
}
