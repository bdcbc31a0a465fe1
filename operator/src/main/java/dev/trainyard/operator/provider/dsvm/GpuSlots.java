package dev.trainyard.operator.provider.dsvm;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trainyard.operator.provider.RunRequest;
import dev.trainyard.operator.ssh.SshConnection;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.status.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;

/**
 * Gives runs GPUs of a machine of their own. Who has which stands on the machine, as a label of the
 * container or a file of the folder, so that it outlives the operator. Runs take their turn by
 * priority and age, a large one not after smaller ones that came later.
 */
final class GpuSlots {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int ANSWER = 64 * 1024;
  private static final Set<String> HOLDING = Set.of("created", "running", "paused", "restarting");

  private final Map<String, Host> hosts = new ConcurrentHashMap<>();

  /** One machine, however many targets lead to it. */
  private static final class Host {
    private final ReentrantLock lock = new ReentrantLock();
    private final GpuTurns turns = new GpuTurns();
  }

  /**
   * GPUs that are a run's once they stand on the machine; nobody else gets any before it is closed.
   *
   * @param devices their indices with commas; empty for none
   */
  record Claim(String devices, Runnable end) implements AutoCloseable {
    @Override
    public void close() {
      end.run();
    }
  }

  /**
   * Finds GPUs for a run, those that it has already where it has.
   *
   * @param total how many the machine has
   * @throws Execution.StartException while there are too few, with the run's place in the queue
   */
  Claim claim(SshConnection connection, RunRequest request, int total)
      throws SshFailure, Execution.StartException, InterruptedException {
    int wanted = ContainerSpec.gpus(request);
    if (wanted == 0) {
      return new Claim("", () -> {});
    }
    Host host = hosts.computeIfAbsent(connection.host().text(), text -> new Host());
    host.lock.lockInterruptibly();
    boolean found = false;
    try {
      GpuTurns.Turn turn = host.turns.ask(request);
      Map<String, List<Integer>> held = held(connection);
      String devices = devices(request.attempt().name(), held, wanted, total, turn);
      host.turns.took(request);
      found = true;
      return new Claim(devices, host.lock::unlock);
    } finally {
      if (!found) {
        host.lock.unlock();
      }
    }
  }

  private static String devices(
      String attempt, Map<String, List<Integer>> held, int wanted, int total, GpuTurns.Turn turn)
      throws Execution.StartException {
    List<Integer> own = held.get(attempt);
    if (own != null) {
      return text(own);
    }
    var free = new TreeSet<Integer>();
    for (int index = 0; index < total; index++) {
      free.add(index);
    }
    held.values().forEach(free::removeAll);
    if (turn.ahead() == 0 && free.size() >= wanted) {
      return text(free.stream().limit(wanted).toList());
    }
    throw new Execution.StartException(
        Reason.WAITING_FOR_GPU,
        "The run asks for "
            + wanted
            + " GPU, and other runs hold "
            + (total - free.size())
            + " of the machine's "
            + total
            + ": number "
            + (turn.ahead() + 1)
            + " of "
            + turn.waiting()
            + " that wait.");
  }

  private static String text(List<Integer> devices) {
    return devices.stream().map(String::valueOf).collect(Collectors.joining(","));
  }

  /** The devices of each attempt that is on the machine and not over. */
  private static Map<String, List<Integer>> held(SshConnection connection) throws SshFailure {
    var held = new HashMap<String, List<Integer>>();
    var folders =
        connection.run(List.of("sh", "-c", ProcessScripts.GPUS, "trainyard"), ANSWER, LIMIT);
    for (String line : folders.output().lines().toList()) {
      String[] words = line.split(" ", -1);
      if (words.length == 2) {
        held.put(words[0], indices(words[1]));
      }
    }
    for (JsonNode container : containers(connection)) {
      if (HOLDING.contains(container.path("State").asText())) {
        held.put(
            container.path("Names").path(0).asText().replaceFirst("^/", ""),
            indices(container.path("Labels").path(ContainerSpec.GPUS_LABEL).asText()));
      }
    }
    return held;
  }

  private static Iterable<JsonNode> containers(SshConnection connection) throws SshFailure {
    String filter = "{\"label\":[\"" + ContainerSpec.GPUS_LABEL + "\"]}";
    try {
      return new Engine(connection).get("/containers/json?all=1&filters=" + Engine.encoded(filter));
    } catch (EngineException e) {
      throw new SshFailure(
          SshFailure.Kind.SOCKET,
          "the Docker engine of " + connection.host().text() + " says: " + e.getMessage(),
          e);
    } catch (SshFailure e) {
      if (e.kind() == SshFailure.Kind.SOCKET) {
        // Without an engine there are no containers.
        return List.of();
      }
      throw e;
    }
  }

  private static List<Integer> indices(String text) {
    var indices = new ArrayList<Integer>();
    for (String word : text.split(",", -1)) {
      if (word.matches("\\d{1,3}")) {
        indices.add(Integer.valueOf(word));
      }
    }
    return indices;
  }
}
