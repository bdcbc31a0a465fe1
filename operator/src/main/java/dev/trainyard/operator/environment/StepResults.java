package dev.trainyard.operator.environment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ContainerStateTerminated;
import java.io.IOException;
import java.util.Objects;

/** What a step wrote as it ended; an empty object when it wrote nothing of that kind. */
final class StepResults {
  private static final ObjectMapper JSON = new ObjectMapper();

  private StepResults() {}

  static JsonNode read(ContainerStateTerminated end) {
    try {
      JsonNode result = JSON.readTree(Objects.requireNonNullElse(end.getMessage(), "{}"));
      return result != null && result.isObject() ? result : JSON.createObjectNode();
    } catch (IOException e) {
      return JSON.createObjectNode();
    }
  }
}
