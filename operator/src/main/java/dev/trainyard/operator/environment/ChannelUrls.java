package dev.trainyard.operator.environment;

import dev.trainyard.operator.settings.EnvironmentSettings;
import java.util.List;
import java.util.Map;

/** Turns channels as users write them into the URLs that a build fetches from. */
final class ChannelUrls {
  /** What conda means by {@code defaults} on Linux. */
  private static final List<String> DEFAULTS =
      List.of("https://repo.anaconda.com/pkgs/main", "https://repo.anaconda.com/pkgs/r");

  private final EnvironmentSettings settings;

  ChannelUrls(EnvironmentSettings settings) {
    this.settings = settings;
  }

  List<String> of(List<String> channels) {
    return channels.stream().flatMap(channel -> of(channel).stream()).distinct().toList();
  }

  private List<String> of(String channel) {
    String mirror = settings.channels().get(channel);
    if (mirror != null) {
      return List.of(mirror);
    }
    if (channel.equals("defaults")) {
      return DEFAULTS.stream().map(this::mirrored).toList();
    }
    String url =
        channel.contains("://")
            ? channel
            : settings.channelRoot().replaceAll("/+$", "") + "/" + channel;
    return List.of(mirrored(url));
  }

  private String mirrored(String url) {
    for (Map.Entry<String, String> mirror : settings.channels().entrySet()) {
      if (mirror.getKey().contains("://") && url.startsWith(mirror.getKey())) {
        return mirror.getValue() + url.substring(mirror.getKey().length());
      }
    }
    return url;
  }
}
