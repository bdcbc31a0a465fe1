package dev.trainyard.testbed.bare;

import dev.trainyard.oci.RegistryException;
import dev.trainyard.testbed.Checkouts;
import dev.trainyard.testbed.Cluster;
import dev.trainyard.testbed.Command;
import dev.trainyard.testbed.ImageRoute;
import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.TestbedException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One Kubernetes node as processes of this machine, in namespaces of its own. A checkout has one,
 * which its test JVMs share; a lock keeps two from starting it at once.
 */
public final class BareCluster implements Cluster {
  private static final String SCRIPT = "node.sh";

  /** What a socket's name, of at most 107 bytes, leaves for the folder that it is in. */
  private static final int LONGEST_PATH = 70;

  private final Path state;
  private final Path binaries;
  private final int link;

  private BareCluster(Path state, Path binaries, int link) {
    this.state = state;
    this.binaries = binaries;
    this.link = link;
  }

  /** Starts the checkout's cluster, or finds it running. */
  public static BareCluster up(Path checkout, Progress progress)
      throws IOException, InterruptedException {
    Path cache = Checkouts.cache();
    requirePlain(Checkouts.state(checkout));
    Files.createDirectories(cache);
    Packages.install(progress);
    Path sources = checkout.resolve("testbed").resolve("bare");
    Path lock = cache.resolve("build.lock");
    Path binaries = locked(lock, () -> new Binaries(sources, cache, progress).build());
    ImageLayers layers = locked(lock, () -> ImageLayers.make(cache, progress));
    Path packages = locked(lock, () -> PackageServer.make(cache, layers, progress));
    Path state = Checkouts.state(checkout);
    Files.createDirectories(state);
    List<Path> used = List.of(binaries, layers.root().resolveSibling(""), packages, state);
    locked(lock, () -> clean(cache, used, progress));
    return locked(
        state.resolve("lock"),
        () -> {
          var cluster =
              new BareCluster(
                  state, binaries, Links.claim(cache.resolve("links"), Checkouts.name(checkout)));
          PackageServer.offer(packages, state);
          cluster.start(checkout, progress);
          new PublicImages(cluster.registry(), layers).push(progress);
          return cluster;
        });
  }

  /** Removes what no checkout used for long; that is no reason not to start. */
  private static Path clean(Path cache, List<Path> used, Progress progress)
      throws IOException, InterruptedException {
    var retention = new CacheRetention(cache, Clock.systemUTC());
    for (Path entry : used) {
      retention.use(entry.normalize());
    }
    for (Path entry : retention.unused(Links.standing())) {
      progress.say(
          "Removing "
              + entry
              + ", which was not used for "
              + CacheRetention.KEPT.toDays()
              + " days.");
      try {
        Root.command(List.of("rm", "-rf", "--one-file-system", entry.toString())).run();
        retention.removed(entry);
      } catch (TestbedException e) {
        progress.say(String.valueOf(e.getMessage()));
      }
    }
    return cache;
  }

  /** The node's parts write the path into settings and sockets of theirs, which not all quote. */
  private static void requirePlain(Path state) {
    if (!state.toString().matches("[A-Za-z0-9/._+-]{1," + LONGEST_PATH + "}")) {
      throw new TestbedException(
          "The cluster's files would lie in '"
              + state
              + "', and its parts take only paths of at most "
              + LONGEST_PATH
              + " letters, digits and the signs / . _ + -: name another folder in TRAINYARD_CACHE.");
    }
  }

  /** Ends the checkout's cluster; its state is kept for the next start. */
  public static void down(Path checkout, Progress progress)
      throws IOException, InterruptedException {
    Path state = Checkouts.state(checkout);
    if (!Files.isDirectory(state)) {
      return;
    }
    locked(
        state.resolve("lock"),
        () -> {
          try (var phase = progress.phase("Ending the cluster " + Checkouts.name(checkout))) {
            int link = Links.claim(Checkouts.cache().resolve("links"), Checkouts.name(checkout));
            new BareCluster(state, state, link).node(checkout, "down");
          }
          Links.release(Checkouts.cache().resolve("links"), Checkouts.name(checkout));
          return state;
        });
  }

  private void start(Path checkout, Progress progress) throws IOException, InterruptedException {
    String name = Checkouts.name(checkout);
    if (isUp()) {
      if (Scripts.isCurrent(state, SCRIPT)) {
        progress.say("The cluster " + name + " is running.");
        return;
      }
      progress.say("The cluster " + name + " is of an earlier version and is started anew.");
    }
    try (var phase = progress.phase("Starting Kubernetes")) {
      node(checkout, "up");
    }
    writeKubectl();
  }

  /** One word to call, for people and scripts: the node's own kubectl on this cluster. */
  private void writeKubectl() throws IOException {
    Path script = state.resolve("kubectl");
    Files.writeString(
        script,
        "#!/bin/sh\nexec '%s' kubectl --kubeconfig '%s' \"$@\"\n"
            .formatted(binaries.resolve("node"), kubeconfig()));
    if (!script.toFile().setExecutable(true)) {
      throw new IOException("cannot make " + script + " executable");
    }
  }

  private void node(Path checkout, String verb) throws IOException, InterruptedException {
    Root.command(List.of("bash", Scripts.copy(state, SCRIPT).toString(), verb))
        .with("NAME", Checkouts.name(checkout))
        .with("DIR", state.toString())
        .with("BIN", binaries.toString())
        .with("LINK", Integer.toString(link))
        .within(240)
        .run();
  }

  private boolean isUp() throws InterruptedException {
    if (!Files.exists(state.resolve("ready")) || !Files.exists(kubeconfig())) {
      return false;
    }
    try {
      Command.of(
              binaries.resolve("node").toString(),
              "kubectl",
              "--kubeconfig",
              kubeconfig().toString(),
              "get",
              "--raw",
              "/readyz")
          .within(10)
          .run();
      return true;
    } catch (IOException | TestbedException e) {
      return false;
    }
  }

  private interface Work<T> {
    T run() throws IOException, InterruptedException, RegistryException;
  }

  private static <T> T locked(Path lock, Work<T> work) throws IOException, InterruptedException {
    try (FileChannel channel =
            FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      return work.run();
    } catch (RegistryException e) {
      throw new TestbedException("The node's registry: " + e.getMessage());
    }
  }

  @Override
  public Path kubeconfig() {
    return state.resolve("admin.kubeconfig");
  }

  @Override
  public List<String> kubectl() {
    return List.of(state.resolve("kubectl").toString());
  }

  /** The node's registry stands in for the public ones, so images keep their public names. */
  @Override
  public ImageRoute images() {
    return new ImageRoute.Registry(
        registry(),
        "ghcr.io",
        true,
        Optional.of(registry() + "/library/eclipse-temurin:25-jre"),
        Optional.of(registry() + "/library/python:3.11-slim"));
  }

  @Override
  public Map<String, String> registryMirrors() {
    return Map.of(
        "mcr.microsoft.com", "http://" + registry(),
        "docker.io", "http://" + registry(),
        "ghcr.io", "http://" + registry());
  }

  @Override
  public boolean reachesMachines() {
    return true;
  }

  @Override
  public Map<String, String> condaChannels() {
    String channel = packages() + "/channel";
    return Map.of("conda-forge", channel, "defaults", channel, "anaconda", channel);
  }

  @Override
  public Optional<String> pipIndex() {
    return Optional.of(packages() + "/simple");
  }

  /** Pods that ask for packages ask the node. */
  private String packages() {
    return "http://10.90." + link + ".2:" + PackageServer.PORT;
  }

  private String registry() {
    return "10.90." + link + ".2:5000";
  }
}
