package dev.trainyard.benchmarks;

import java.io.IOException;

/** One thing that is measured. */
interface Scenario {
  void measure(Bench bench, Figures figures) throws IOException, InterruptedException;
}
