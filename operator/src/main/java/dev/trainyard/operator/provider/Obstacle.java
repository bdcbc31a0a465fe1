package dev.trainyard.operator.provider;

import dev.trainyard.operator.status.Reason;

/** Something that keeps a run from going on until somebody mends it. */
public record Obstacle(Reason reason, String message) {}
