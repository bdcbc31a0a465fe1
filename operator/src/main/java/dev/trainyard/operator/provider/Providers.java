package dev.trainyard.operator.provider;

import dev.trainyard.api.v1alpha1.ComputeTargetType;
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
}
