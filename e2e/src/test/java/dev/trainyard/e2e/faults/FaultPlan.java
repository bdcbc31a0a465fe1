package dev.trainyard.e2e.faults;

import dev.trainyard.testbed.faults.Call;
import dev.trainyard.testbed.faults.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Lets one fault happen to one write of a lifecycle. Events do not count: they are written best
 * effort, and nothing depends on them.
 */
public final class FaultPlan {
  private final List<Call> writes = new ArrayList<>();
  private final int number;
  private final Fault fault;
  private boolean happened;

  private FaultPlan(int number, Fault fault) {
    this.number = number;
    this.fault = fault;
  }

  /** No fault; the writes are remembered. */
  public static FaultPlan none() {
    return new FaultPlan(0, Fault.NONE);
  }

  /**
   * A fault for one write.
   *
   * @param number of the write, from 1
   */
  public static FaultPlan at(int number, Fault fault) {
    return new FaultPlan(number, fault);
  }

  /** What happens to a call; a write is remembered. */
  public synchronized Fault decide(Call call) {
    if (!call.isWrite() || call.target().contains("/events")) {
      return Fault.NONE;
    }
    writes.add(call);
    if (writes.size() == number && !happened) {
      happened = true;
      return fault;
    }
    return Fault.NONE;
  }

  /** The writes so far. */
  public synchronized List<Call> writes() {
    return List.copyOf(writes);
  }

  synchronized long count(Predicate<Call> which) {
    return writes.stream().filter(which).count();
  }

  /** The write that the fault happened to. */
  public synchronized Optional<Call> hit() {
    return happened ? Optional.of(writes.get(number - 1)) : Optional.empty();
  }
}
