package dev.trainyard.api.v1alpha1;

/**
 * A block that the schema knows only so that a rule can refuse it with a sentence; whatever stands
 * in it, it is never stored.
 */
public record Refused() {}
