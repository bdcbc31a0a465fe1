package dev.trainyard.operator.provider.dsvm;

import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does work again and again, each piece of it on a virtual thread and never twice at once. The
 * pauses vary by a fifth, so that many machines are not asked in the same moment.
 */
final class Rounds implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Rounds.class);
  private static final Duration AFTER_A_BUG = Duration.ofSeconds(30);

  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("machine-rounds").factory());

  /** One round. */
  interface Work {
    /** Says how long the pause is; zero: there are no more rounds. */
    Duration round() throws InterruptedException;
  }

  /** Begins with a first round at once. */
  Round begin(Work work) {
    var round = new Round(work);
    round.hurry();
    return round;
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  /** Work that is done again and again. */
  final class Round {
    private final Work work;
    private boolean running;
    private boolean again;
    private boolean over;
    private @Nullable ScheduledFuture<?> next;

    private Round(Work work) {
      this.work = work;
    }

    /** Has the next round at once; after the current one if there is one. */
    synchronized void hurry() {
      if (over || timer.isShutdown()) {
        return;
      }
      if (running) {
        again = true;
        return;
      }
      if (next != null) {
        next.cancel(false);
      }
      running = true;
      Thread.ofVirtual().name("machine-round").start(this::run);
    }

    private void run() {
      Duration pause = AFTER_A_BUG;
      try {
        pause = work.round();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException e) {
        LOG.error("A round on a machine broke off and is tried again in {}", pause, e);
      } finally {
        after(pause);
      }
    }

    private synchronized void after(Duration pause) {
      running = false;
      if (again) {
        again = false;
        hurry();
      } else if (pause.isZero() || timer.isShutdown()) {
        over = true;
      } else {
        double factor = ThreadLocalRandom.current().nextDouble(0.8, 1.2);
        next =
            timer.schedule(this::hurry, (long) (pause.toMillis() * factor), TimeUnit.MILLISECONDS);
      }
    }

    synchronized boolean isOver() {
      return over;
    }
  }
}
