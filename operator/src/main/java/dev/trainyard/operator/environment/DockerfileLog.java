package dev.trainyard.operator.environment;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What BuildKit's plain output says: how far a Dockerfile is, and whether it is to blame. */
final class DockerfileLog {
  private static final int LONGEST = 200;
  private static final Pattern STEP = Pattern.compile("#\\d+ \\[(?:[^\\]]* )?(\\d+)/(\\d+)] (.*)");
  private static final Pattern LAYER =
      Pattern.compile("#\\d+ sha256:\\S+ ([0-9.]+)MB / ([0-9.]+)MB .*");
  private static final Pattern END =
      Pattern.compile("#\\d+ (exporting layers|pushing layers|pushing manifest)\\b.*");

  /** BuildKit has no other way to say that it was the Dockerfile, and not the network. */
  private static final Pattern TO_BLAME =
      Pattern.compile(
          "did not complete successfully: exit code|dockerfile parse error|: not found$"
              + "|failed to calculate checksum|unknown instruction",
          Pattern.MULTILINE);

  private DockerfileLog() {}

  /** What the last lines say that is being done. */
  static Optional<String> activity(List<String> lines) {
    for (String line : lines.reversed()) {
      Matcher step = STEP.matcher(line);
      if (step.matches()) {
        return Optional.of(
            shorter("step " + step.group(1) + " of " + step.group(2) + ", " + step.group(3)));
      }
      Matcher layer = LAYER.matcher(line);
      if (layer.matches()) {
        return Optional.of(
            "pulling " + layer.group(1) + " of " + layer.group(2) + " MB of a layer after FROM");
      }
      Matcher end = END.matcher(line);
      if (end.matches()) {
        return Optional.of(end.group(1));
      }
    }
    return Optional.empty();
  }

  private static String shorter(String text) {
    return text.length() > LONGEST ? text.substring(0, LONGEST) : text;
  }

  /** Whether the same Dockerfile fails again, as far as the last lines tell. */
  static boolean isToBlame(String lines) {
    return TO_BLAME.matcher(lines).find();
  }
}
