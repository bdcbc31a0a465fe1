package dev.trainyard.e2e.faults;

import dev.trainyard.testbed.faults.Call;
import dev.trainyard.testbed.faults.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Lets one fault happen to one write of a lifecycle. Events do not count: they are written best
 * effort, and nothing depends on them.
 */
final class FaultPlan {
  private final List<Call> writes = new ArrayList<>();
  private final Predicate<Call> which;
  private final int number;
  private final Fault fault;
  private int seen;
  private @Nullable Call hit;

  private FaultPlan(Predicate<Call> which, int number, Fault fault) {
    this.which = which;
    this.number = number;
    this.fault = fault;
  }

  /** No fault; the writes are remembered. */
  static FaultPlan none() {
    return new FaultPlan(call -> false, 0, Fault.NONE);
  }

  /**
   * A fault for one write.
   *
   * @param number of the write, from 1
   */
  static FaultPlan at(int number, Fault fault) {
    return at(call -> true, number, fault);
  }

  /**
   * A fault for one write of a kind.
   *
   * @param number of the write among those of its kind, from 1
   */
  static FaultPlan at(Predicate<Call> which, int number, Fault fault) {
    return new FaultPlan(which, number, fault);
  }

  synchronized Fault decide(Call call) {
    if (!call.isWrite() || call.target().contains("/events")) {
      return Fault.NONE;
    }
    writes.add(call);
    if (which.test(call) && ++seen == number) {
      hit = call;
      return fault;
    }
    return Fault.NONE;
  }

  synchronized List<Call> writes() {
    return List.copyOf(writes);
  }

  synchronized long count(Predicate<Call> which) {
    return writes.stream().filter(which).count();
  }

  /** The write that the fault happened to. */
  synchronized Optional<Call> hit() {
    return Optional.ofNullable(hit);
  }
}
