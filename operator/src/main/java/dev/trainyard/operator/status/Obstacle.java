package dev.trainyard.operator.status;

/** Something that keeps a run from going on until somebody mends it. */
public record Obstacle(Reason reason, String message) {}
