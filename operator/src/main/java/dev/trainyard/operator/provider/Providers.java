package dev.trainyard.operator.provider;

import dev.trainyard.api.v1alpha1.ComputeTarget;
import dev.trainyard.api.v1alpha1.ComputeTargetType;
import dev.trainyard.api.v1alpha1.TrainingRun;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The providers of this operator, by the type of target that they serve. */
public final class Providers {

  /** Both sides of one kind of compute. */
  public record Provider(TargetProvider targets, RunProvider runs) {}

  private final Map<ComputeTargetType, Provider> byType;

  public Providers(Map<ComputeTargetType, Provider> byType) {
    this.byType = Map.copyOf(byType);
  }

  /** The provider of a type of target, if this version has one. */
  public Optional<Provider> forType(ComputeTargetType type) {
    return Optional.ofNullable(byType.get(type));
  }

  /** What wakes targets, of all providers. */
  public List<EventSource<?, ComputeTarget>> targetEventSources(
      EventSourceContext<ComputeTarget> context) {
    var sources = new ArrayList<EventSource<?, ComputeTarget>>();
    byType.values().forEach(provider -> sources.addAll(provider.targets().eventSources(context)));
    return sources;
  }

  /** What wakes runs, of all providers. */
  public List<EventSource<?, TrainingRun>> runEventSources(
      EventSourceContext<TrainingRun> context) {
    var sources = new ArrayList<EventSource<?, TrainingRun>>();
    byType.values().forEach(provider -> sources.addAll(provider.runs().eventSources(context)));
    return sources;
  }
}
