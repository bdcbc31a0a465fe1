package dev.trainyard.operator.environment;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How long each part of a build took, from what its steps wrote as they ended. */
final class BuildPhases {
  private static final List<String> SECONDS =
      List.of("solve", "install", "pip", "compile", "pack", "push");

  private BuildPhases() {}

  static Map<String, String> of(Pod pod) {
    var phases = new LinkedHashMap<String, String>();
    for (BuildStep step : BuildStep.values()) {
      Optional<ContainerStateTerminated> end =
          BuildObserver.status(pod, step).flatMap(BuildObserver::terminated);
      if (end.isPresent()) {
        if (step == BuildStep.DOCKERFILE) {
          phases.put("dockerfile", seconds(end.get()));
        }
        JsonNode result = StepResults.read(end.get());
        for (String phase : SECONDS) {
          if (result.has(phase + "Seconds")) {
            phases.put(phase, result.get(phase + "Seconds").asText());
          }
        }
        for (String bytes : List.of("downloadedBytes", "baseBytesDownloaded", "pushedBytes")) {
          if (result.has(bytes)) {
            phases.put(bytes, result.get(bytes).asText());
          }
        }
      }
    }
    return phases;
  }

  private static String seconds(ContainerStateTerminated end) {
    Duration taken =
        Duration.between(Instant.parse(end.getStartedAt()), Instant.parse(end.getFinishedAt()));
    return Long.toString(taken.toSeconds());
  }
}
