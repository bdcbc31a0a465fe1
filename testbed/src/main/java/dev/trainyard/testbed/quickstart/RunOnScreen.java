package dev.trainyard.testbed.quickstart;

import dev.trainyard.testbed.Progress;
import dev.trainyard.testbed.TestbedException;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Shows one run on the screen, from its first state to its last. */
final class RunOnScreen {
  private static final long LONGEST_SECONDS = 1_800;

  /** What only counts is told this often. */
  private static final Duration COUNTED = Duration.ofSeconds(5);

  private static final Set<String> OVER = Set.of("Completed", "Failed", "Canceled");

  private final KubernetesClient client;
  private final String namespace;
  private final String run;
  private final boolean hasPods;
  private final Progress progress;
  private final PhaseTimes times = new PhaseTimes();
  private final Map<String, ScriptOutput> outputs = new HashMap<>();
  private String told = "";
  private long toldAt;

  /**
   * @param hasPods whether its output can be followed in pods; else it is shown at the end
   */
  RunOnScreen(
      KubernetesClient client, String namespace, String run, boolean hasPods, Progress progress) {
    this.client = client;
    this.namespace = namespace;
    this.run = run;
    this.hasPods = hasPods;
    this.progress = progress;
  }

  /**
   * Shows each new state of the run; nothing that waits is done in the informer's own thread.
   *
   * @return the phase in which it ended
   */
  String follow() throws InterruptedException {
    var states = new LinkedBlockingQueue<GenericKubernetesResource>();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_SECONDS);
    try (var informer =
        client
            .genericKubernetesResources("trainyard.dev/v1alpha1", "TrainingRun")
            .inNamespace(namespace)
            .withName(run)
            .inform(handler(states))) {
      while (informer.isRunning()) {
        GenericKubernetesResource state =
            states.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        if (state == null) {
          throw new TestbedException(
              "The run was not over after " + LONGEST_SECONDS + " s; it last said: " + told);
        }
        if (show(state)) {
          progress.say(times.toString());
          return String.valueOf((Object) state.get("status", "phase"));
        }
      }
      throw new TestbedException("The watch of the run ended; it last said: " + told);
    }
  }

  private static ResourceEventHandler<GenericKubernetesResource> handler(
      Queue<GenericKubernetesResource> states) {
    return new ResourceEventHandler<>() {
      @Override
      public void onAdd(GenericKubernetesResource run) {
        states.add(run);
      }

      @Override
      public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource run) {
        states.add(run);
      }

      @Override
      public void onDelete(GenericKubernetesResource run, boolean unknown) {
        // A run that somebody deletes says nothing more; the deadline ends the wait.
      }
    };
  }

  /** Shows what is new; says whether the run is over. */
  private boolean show(GenericKubernetesResource state) throws InterruptedException {
    if (state == null || state.get("status", "phase") == null) {
      return false;
    }
    String phase = state.get("status", "phase");
    String text = phase + ": " + message(state);
    if (!text.equals(told) && !isCounting(text)) {
      told = text;
      toldAt = System.nanoTime();
      if (OVER.contains(phase)) {
        endOutputs(state);
      }
      times.enter(phase);
      progress.say(text);
    }
    if (hasPods) {
      attempt(state)
          .ifPresent(job ->
              outputs.computeIfAbsent(
                  job, name -> new ScriptOutput(client, namespace, name, System.out::println)));
    }
    return OVER.contains(phase);
  }

  /** Whether it is what was told a moment ago with other numbers. */
  private boolean isCounting(String text) {
    return text.replaceAll("\\d+", "").equals(told.replaceAll("\\d+", ""))
        && System.nanoTime() - toldAt < COUNTED.toNanos();
  }

  private void endOutputs(GenericKubernetesResource state) throws InterruptedException {
    for (ScriptOutput output : outputs.values()) {
      output.end();
    }
    Object log = state.get("status", "lastLog");
    if (!hasPods && log != null) {
      System.out.println(log);
    }
  }

  private static Optional<String> attempt(GenericKubernetesResource run) {
    Object attempts = run.get("status", "attempts");
    return attempts instanceof List<?> list
            && !list.isEmpty()
            && list.getLast() instanceof Map<?, ?> last
        ? Optional.ofNullable(last.get("backendId")).map(String::valueOf)
        : Optional.empty();
  }

  private static String message(GenericKubernetesResource run) {
    Object conditions = run.get("status", "conditions");
    for (Object condition : conditions instanceof List<?> list ? list : List.of()) {
      if (condition instanceof Map<?, ?> map && "Ready".equals(map.get("type"))) {
        return String.valueOf(map.get("message"));
      }
    }
    return "";
  }
}
