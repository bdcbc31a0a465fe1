package dev.trainyard.testbed.machine;

import dev.trainyard.oci.Digest;
import dev.trainyard.testbed.Checkouts;
import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.TestbedException;
import dev.trainyard.testbed.bare.ImageLayers;
import dev.trainyard.testbed.bare.Links;
import dev.trainyard.testbed.bare.Packages;
import dev.trainyard.testbed.bare.Root;
import dev.trainyard.testbed.bare.Scripts;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;

/**
 * A checkout's machines to attach over SSH. They stand on a bridge 10.91.N.0/24 of the checkout's
 * own, which its cluster's pods reach, and open no connection to the cluster or to this host.
 */
public final class Machines {
  private static final String SCRIPT = "machine.sh";
  private static final int FIRST = 10;
  private static final int LAST = 250;

  private final Path checkout;
  private final Path layers;
  private final Path root;

  private Machines(Path checkout, Path layers, Path root) {
    this.checkout = checkout;
    this.layers = layers;
    this.root = root;
  }

  /** Makes what the machines of a checkout share, where it is not there yet. */
  public static Machines of(Path checkout, Progress progress)
      throws IOException, InterruptedException {
    Path cache = Checkouts.cache();
    Files.createDirectories(cache);
    Packages.install(progress);
    ImageLayers layers = ImageLayers.in(cache);
    Path root = cache.resolve("machine-" + identity(layers));
    var machines = new Machines(checkout, layers.directory(), root);
    if (layers.areMade() && Files.isDirectory(root)) {
      return machines;
    }
    try (FileChannel channel = open(cache.resolve("build.lock"));
        FileLock held = channel.lock()) {
      ImageLayers.make(cache, progress);
      if (!Files.isDirectory(root)) {
        try (var phase = progress.phase("Making the machines' root file system (once)")) {
          machines.script("prepare");
        }
      }
      return machines;
    }
  }

  /** What the root file system follows from: the layers below it, and how it is made. */
  private static String identity(ImageLayers layers) throws IOException {
    String script = new String(Scripts.read(Machines.class, SCRIPT), StandardCharsets.UTF_8);
    String text =
        layers.directory().getFileName()
            + script.substring(script.indexOf("prepare() {"), script.indexOf("bridge() {"));
    return Digest.of(text.getBytes(StandardCharsets.UTF_8)).hex().substring(0, 12);
  }

  /** Starts the machine of that name, or finds it running. */
  public Machine start(String name) throws IOException, InterruptedException {
    if (!name.matches("[a-z][a-z0-9-]{0,30}")) {
      throw new TestbedException("A machine's name has small letters, digits and '-': " + name);
    }
    var machine = new Machine(this, name, number(name));
    machine.start();
    return machine;
  }

  /** Ends every machine of a checkout and removes their disks, bridge and rules. */
  public static void down(Path checkout, Progress progress)
      throws IOException, InterruptedException {
    Path state = state(checkout);
    if (!Files.isDirectory(state)) {
      return;
    }
    try (var phase = progress.phase("Ending the machines")) {
      var machines = new Machines(checkout, state, state);
      machines.script("down");
      for (String name : machines.names()) {
        machines.remove(name);
      }
    }
  }

  String address(int number) {
    return "10.91." + link() + "." + number;
  }

  Path state() {
    return state(checkout);
  }

  Path folder(String name) {
    return state().resolve(name);
  }

  /** A file lock keeps other processes out, and the monitor other threads of this one. */
  synchronized void start(String name, int number) throws IOException, InterruptedException {
    try (FileChannel channel = open(state().resolve("lock"));
        FileLock held = channel.lock()) {
      script("start", name, Integer.toString(number));
    }
  }

  void remove(String name) throws IOException, InterruptedException {
    script("remove", name);
    Path numbers = state().resolve("numbers");
    for (int number = FIRST; number <= LAST; number++) {
      Path file = numbers.resolve(Integer.toString(number));
      if (Files.exists(file) && Files.readString(file).equals(name)) {
        Files.delete(file);
      }
    }
  }

  String execute(String name, String... words) throws IOException, InterruptedException {
    var all = Stream.concat(Stream.of("exec", name), Stream.of(words)).toArray(String[]::new);
    return script(all);
  }

  String script(String... words) throws IOException, InterruptedException {
    Files.createDirectories(state());
    Path script = Scripts.copy(Machines.class, state(), SCRIPT);
    var command = Stream.concat(Stream.of("bash", script.toString()), Stream.of(words)).toList();
    return Root.command(command)
        .with("NAME", Checkouts.name(checkout))
        .with("DIR", state().toString())
        .with("LINK", Integer.toString(link()))
        .with("ROOTFS", root.toString())
        .with("LAYERS", layers.toString())
        .within(300)
        .run();
  }

  private List<String> names() throws IOException {
    Path numbers = state().resolve("numbers");
    if (!Files.isDirectory(numbers)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(numbers)) {
      return files.map(Machines::read).toList();
    }
  }

  /** The number of a machine's address: the one that it has, or a free one. */
  private int number(String name) throws IOException {
    Path numbers = state().resolve("numbers");
    Files.createDirectories(numbers);
    for (int number = FIRST; number <= LAST; number++) {
      Path file = numbers.resolve(Integer.toString(number));
      if (Files.exists(file) && Files.readString(file).equals(name)) {
        return number;
      }
    }
    for (int number = FIRST; number <= LAST; number++) {
      try {
        Path file = numbers.resolve(Integer.toString(number));
        Files.writeString(file, name, StandardOpenOption.CREATE_NEW);
        return number;
      } catch (FileAlreadyExistsException e) {
        continue;
      }
    }
    throw new TestbedException("All addresses of the machines are taken: type make cluster-down.");
  }

  private int link() {
    try {
      return Links.claim(Checkouts.cache().resolve("links"), Checkouts.name(checkout));
    } catch (IOException e) {
      throw new TestbedException("Cannot read the link networks: " + e.getMessage());
    }
  }

  private static Path state(Path checkout) {
    return Checkouts.state(checkout).resolve("machines");
  }

  private static FileChannel open(Path lock) throws IOException {
    return FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new TestbedException("Cannot read " + file + ": " + e.getMessage());
    }
  }
}
