/** Stories of runs, each told once, on the chart's operator and on real pods. */
@NullMarked
package dev.trainyard.e2e.runs;

import org.jspecify.annotations.NullMarked;
