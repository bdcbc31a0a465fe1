package dev.trainyard.operator.history;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.function.BooleanSupplier;

/** Work in the background that is tried again until it is over, after pauses that grow. */
final class Tries {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  private Tries() {}

  /**
   * A thread for it, to be started; an interrupt ends it.
   *
   * @param atOnce how many of its kind are tried at the same time
   * @param isOver one try
   */
  static Thread thread(String name, Semaphore atOnce, BooleanSupplier isOver) {
    return Thread.ofVirtual().name(name).unstarted(() -> run(atOnce, isOver));
  }

  private static void run(Semaphore atOnce, BooleanSupplier isOver) {
    Duration pause = FIRST_PAUSE;
    try {
      while (!once(atOnce, isOver)) {
        Thread.sleep(pause);
        pause = pause.multipliedBy(2);
        pause = pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean once(Semaphore atOnce, BooleanSupplier isOver)
      throws InterruptedException {
    atOnce.acquire();
    try {
      return isOver.getAsBoolean();
    } finally {
      atOnce.release();
    }
  }
}
