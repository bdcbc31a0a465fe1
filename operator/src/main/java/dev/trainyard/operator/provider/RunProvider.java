package dev.trainyard.operator.provider;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.status.Obstacle;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * One kind of compute, seen by a run. Every call is short, idempotent and resumable: the backend id
 * follows from the run's uid and attempt, and is in the run's status before {@link #submit} is
 * called. What takes longer is done elsewhere and wakes the run through one of {@link
 * #eventSources}.
 *
 * <p>Once the end of an attempt is in the run's status, or the run is deleted, the provider takes
 * away by itself what is left of the attempt in the backend.
 */
public interface RunProvider {

  /**
   * What the target cannot do of what the run asks for, each a sentence; empty when it can do all.
   */
  List<String> unsupported(RunRequest request);

  /**
   * What is missing before the run can be sent and may be mended from outside, such as a Secret;
   * empty when nothing is.
   */
  Optional<Obstacle> obstacle(RunRequest request);

  /** How many nodes the run has. */
  default int nodes(RunRequest request) {
    return 1;
  }

  /** Name of the attempt in the backend; the same for the same run and attempt. */
  String backendId(RunAttempt attempt);

  /**
   * Makes the attempt run. Called again until it is made; after a crash it finds what it made and
   * adopts it.
   *
   * @return how far it is on its way, or what the backend refuses it for, which may be mended from
   *     outside; empty when it is made
   */
  Optional<Obstacle> submit(RunRequest request);

  /** Finds out what became of an attempt. */
  RunObservation observe(RunAttempt attempt);

  /**
   * Asks the attempt to end. Once it has, {@link RunObservation.Ended} is observed while there is
   * something of it to be stored, and {@link RunObservation.Gone} otherwise. Nothing of an attempt
   * of a run that is being deleted is stored.
   */
  void cancel(RunAttempt attempt);

  /**
   * The end of the attempt's output.
   *
   * @param maxBytes how much of it at most
   */
  Optional<String> outputTail(RunAttempt attempt, int maxBytes);

  /**
   * The attempt's whole output as it comes, to its end; the caller closes it. Blocks, so it is read
   * outside of a reconcile. Empty when it is not there any more.
   *
   * @throws BackendUnavailableException when it can be asked for again; reading it may throw it,
   *     too
   */
  default Optional<InputStream> output(RunAttempt attempt) throws IOException {
    return outputTail(attempt, Integer.MAX_VALUE)
        .map(text -> new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * The outputs of an attempt's nodes, the one that tells most about its end first: never empty.
   */
  default List<NodeOutput> nodeOutputs(RunAttempt attempt) {
    return List.of(new NodeOutput("train.log", () -> output(attempt)));
  }

  /** How far the collecting of the directories is that the attempt left. */
  default Outputs outputs(RunAttempt attempt) {
    return new Outputs.None();
  }

  /** What wakes runs when something became of them; asked for once, when the controller starts. */
  default List<EventSource<?, TrainingRun>> eventSources(EventSourceContext<TrainingRun> context) {
    return List.of();
  }
}
