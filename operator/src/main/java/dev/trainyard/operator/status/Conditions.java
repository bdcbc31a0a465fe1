package dev.trainyard.operator.status;

import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.ConditionBuilder;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The conditions of one resource while its status is being made. Keeps {@code lastTransitionTime}
 * where a condition's status did not change, as Kubernetes' API conventions ask.
 */
public final class Conditions {
  private static final int MESSAGE_LIMIT = 4_096;

  private final Map<String, Condition> byType = new LinkedHashMap<>();
  private final long generation;
  private final Clock clock;

  /**
   * @param before the conditions that the resource has now
   * @param generation generation of the spec that the new conditions speak of
   */
  public Conditions(List<Condition> before, long generation, Clock clock) {
    before.forEach(condition -> byType.put(condition.getType(), condition));
    this.generation = generation;
    this.clock = clock;
  }

  /** Sets a condition; its transition time moves only when its status changes. */
  public Conditions set(ConditionType type, boolean status, Reason reason, String message) {
    return set(type, status ? "True" : "False", reason, message);
  }

  /** Sets a condition whose state cannot be known yet. */
  public Conditions unknown(ConditionType type, Reason reason, String message) {
    return set(type, "Unknown", reason, message);
  }

  /**
   * Sets a condition that is there only while it is True, as those of kstatus are, or takes it
   * away.
   */
  public Conditions only(ConditionType type, boolean holds, Reason reason, String message) {
    return holds ? set(type, true, reason, message) : remove(type);
  }

  /** Takes a condition away. */
  public Conditions remove(ConditionType type) {
    byType.remove(type.toString());
    return this;
  }

  /** Takes away the conditions whose state cannot be known. */
  public Conditions removeUnknown() {
    byType.values().removeIf(condition -> "Unknown".equals(condition.getStatus()));
    return this;
  }

  /** Says of every condition that it holds for the generation too that this object was made for. */
  public Conditions observed() {
    byType.replaceAll((type, condition) ->
        new ConditionBuilder(condition).withObservedGeneration(generation).build());
    return this;
  }

  /** The condition of that type, if it was set. */
  public Optional<Condition> get(ConditionType type) {
    return Optional.ofNullable(byType.get(type.toString()));
  }

  /** Whether the condition is True. */
  public boolean isTrue(ConditionType type) {
    return get(type).map(condition -> "True".equals(condition.getStatus())).orElse(false);
  }

  /** All conditions, in the order in which they were first set. */
  public List<Condition> list() {
    return new ArrayList<>(byType.values());
  }

  private Conditions set(ConditionType type, String status, Reason reason, String message) {
    String transition =
        get(type)
            .filter(before -> before.getStatus().equals(status))
            .map(Condition::getLastTransitionTime)
            .orElseGet(() -> clock.instant().truncatedTo(ChronoUnit.SECONDS).toString());
    byType.put(
        type.toString(),
        new ConditionBuilder()
            .withType(type.toString())
            .withStatus(status)
            .withReason(reason.toString())
            .withMessage(limited(message))
            .withLastTransitionTime(transition)
            .withObservedGeneration(generation)
            .build());
    return this;
  }

  private static String limited(String message) {
    return message.length() <= MESSAGE_LIMIT
        ? message
        : Excerpt.head(message, MESSAGE_LIMIT - 1) + "…";
  }
}
