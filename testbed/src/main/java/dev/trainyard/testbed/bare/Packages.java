package dev.trainyard.testbed.bare;

import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.TestbedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Debian's packages that a node needs, installed where their programs are missing. */
public final class Packages {
  private static final Map<String, String> PROGRAM_TO_PACKAGE =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("/usr/bin/containerd", "containerd"),
              Map.entry("/usr/sbin/runc", "runc"),
              Map.entry("/usr/lib/cni/bridge", "containernetworking-plugins"),
              Map.entry("/usr/bin/docker-registry", "docker-registry"),
              Map.entry("/usr/sbin/iptables", "iptables"),
              Map.entry("/usr/sbin/nft", "nftables"),
              Map.entry("/usr/sbin/ip", "iproute2"),
              Map.entry("/usr/bin/busybox", "busybox-static"),
              Map.entry("/usr/sbin/debootstrap", "debootstrap"),
              Map.entry("/usr/bin/openssl", "openssl"),
              Map.entry("/usr/bin/ssh-keygen", "openssh-client"),
              Map.entry("/usr/bin/pgrep", "procps"),
              Map.entry("/usr/bin/nsenter", "util-linux")));

  private Packages() {}

  public static void install(Progress progress) throws IOException, InterruptedException {
    List<String> missing =
        PROGRAM_TO_PACKAGE.entrySet().stream()
            .filter(entry -> !isThere(entry.getKey()))
            .map(Map.Entry::getValue)
            .toList();
    if (missing.isEmpty()) {
      return;
    }
    if (!Files.isExecutable(Path.of("/usr/bin/apt-get"))) {
      throw new TestbedException(
          "These programs are missing, and this is not a Debian or Ubuntu machine where apt-get"
              + " could install them: "
              + String.join(", ", missing)
              + ". Install them, start Docker, or name a cluster of yours in TRAINYARD_CONTEXT.");
    }
    try (var phase = progress.phase("Installing " + String.join(", ", missing))) {
      Root.command(List.of("apt-get", "-qq", "update")).within(300).run();
      var words =
          new ArrayList<>(List.of("apt-get", "-qq", "install", "-y", "--no-install-recommends"));
      words.addAll(missing);
      Root.command(words).with("DEBIAN_FRONTEND", "noninteractive").within(600).run();
    }
  }

  private static boolean isThere(String program) {
    return Files.exists(Path.of(program)) || Files.exists(Path.of(program.substring(4)));
  }
}
