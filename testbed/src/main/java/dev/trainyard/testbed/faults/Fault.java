package dev.trainyard.testbed.faults;

import java.time.Duration;

/** What happens to a request. */
public sealed interface Fault {

  /** Nothing: it reaches the server, and the answer comes back. */
  record None() implements Fault {}

  /** The server never sees it; the caller gets this answer. */
  record Answer(int status, String body) implements Fault {}

  /** The server never sees it; the action is taken and the connection closed. */
  record Before(Runnable action) implements Fault {}

  /** The server has done it; the action is taken and the caller never hears of it. */
  record After(Runnable action) implements Fault {}

  /** The answer, and what follows it on the connection, comes later. */
  record Late(Duration delay) implements Fault {}

  Fault NONE = new None();

  /** The server never sees it, and the connection is closed. */
  static Fault dropped() {
    return new Before(() -> {});
  }

  /** The server has done it, and the answer is lost. */
  static Fault answerLost() {
    return new After(() -> {});
  }
}
