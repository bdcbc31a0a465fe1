package dev.trainyard.operator.environment;

import dev.trainyard.operator.status.Reason;
import java.util.Map;

/** What a build's Job and pod look like now. */
sealed interface BuildObservation {

  /**
   * It goes on.
   *
   * @param message what it is doing, in a few words
   */
  record UnderWay(String message) implements BuildObservation {}

  /** It did not work, and the Job says so in a moment; nothing is decided before it does. */
  record Ending() implements BuildObservation {}

  /**
   * The image is said to be in the registry.
   *
   * @param phases seconds of each part
   */
  record Succeeded(Map<String, String> phases) implements BuildObservation {}

  /**
   * It did not work.
   *
   * @param passing whether it may work by itself later
   * @param log last lines of output, or empty
   */
  record Failed(Reason reason, String message, boolean passing, String log)
      implements BuildObservation {

    /**
     * The same with a further sentence: at the end, or before the lines of a program's output that
     * are at the end, because tables and events show only how a message begins.
     */
    Failed with(String sentence) {
      int firstLine = message.indexOf('\n');
      if (firstLine < 0) {
        return new Failed(reason, message + " " + sentence, passing, log);
      }
      int said = message.lastIndexOf(". ", firstLine);
      int place = said < 0 ? 0 : said + 2;
      return new Failed(
          reason,
          message.substring(0, place) + sentence + " " + message.substring(place),
          passing,
          log);
    }

    /** The same, which no time heals. */
    Failed lasting() {
      return new Failed(reason, message, false, log);
    }
  }

  /**
   * The cluster does not let its pod be made.
   *
   * @param message what the cluster says
   */
  record Refused(String message) implements BuildObservation {}

  /** There is no such Job. */
  record Absent() implements BuildObservation {}
}
