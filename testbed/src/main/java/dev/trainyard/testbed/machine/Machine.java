package dev.trainyard.testbed.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * One machine that was started: a real sshd and a real dockerd behind an address of its own. Two
 * users can log in with the key or with {@link #PASSWORD}: {@link #USER}, who may use Docker and
 * sudo, and {@link #PLAIN_USER}, who may not.
 */
public final class Machine {
  public static final String USER = "azureuser";
  public static final String PLAIN_USER = "plain";
  public static final String PASSWORD = "Trainyard-1";

  private final Machines machines;
  private final String name;
  private final int number;

  Machine(Machines machines, String name, int number) {
    this.machines = machines;
    this.name = name;
    this.number = number;
  }

  public String name() {
    return name;
  }

  public String address() {
    return machines.address(number);
  }

  /** A line for known_hosts that pins the machine's host key. */
  public String knownHosts() throws IOException {
    return Files.readString(machines.folder(name).resolve("known_hosts"));
  }

  /** The private key that both users accept, in OpenSSH format. */
  public String privateKey() throws IOException {
    return Files.readString(privateKeyFile());
  }

  public Path privateKeyFile() {
    return machines.state().resolve("id");
  }

  /**
   * Runs a command on the machine as root, not over SSH.
   *
   * @return what it printed
   */
  public String run(String... words) throws IOException, InterruptedException {
    return machines.execute(name, words);
  }

  /** Starts it, unless it runs; its disk is as it was. */
  public void start() throws IOException, InterruptedException {
    machines.start(name, number);
  }

  /** Ends it as a power cut does. */
  public void stop() throws IOException, InterruptedException {
    machines.script("stop", name);
  }

  /** A power cut and a start. */
  public void reboot() throws IOException, InterruptedException {
    stop();
    start();
  }

  /** Takes the network away; nothing is told to either side. */
  public void cutNetwork() throws IOException, InterruptedException {
    machines.script("cut", name);
  }

  /** Gives the network back. */
  public void mendNetwork() throws IOException, InterruptedException {
    machines.script("mend", name);
  }

  /** Ends it and removes its disk. */
  public void remove() throws IOException, InterruptedException {
    machines.remove(name);
  }
}
