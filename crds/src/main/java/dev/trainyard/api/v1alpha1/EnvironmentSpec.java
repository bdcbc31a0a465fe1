package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an environment consists of; made by the operator, fixed for its life. */
@JsonClassDescription("What the environment consists of.")
@ValidationRule(
    value = "self == oldSelf",
    message =
        "an Environment cannot be changed: it is made by the operator, one a set of"
            + " dependencies")
public record EnvironmentSpec(
    @Required
        @Pattern("^[0-9a-f]{16,64}$")
        @JsonPropertyDescription("Hash of all that follows: the identity of the environment.")
        String hash,
    @Required
        @Size(max = 512)
        @Pattern("^[^\\s]+@sha256:[0-9a-f]{64}$")
        @JsonPropertyDescription("Base image by digest.")
        String baseImage,
    @Nullable @Size(max = 32) @JsonPropertyDescription("conda channels in order.")
        List<String> channels,
    @Nullable @Size(max = 1024) @JsonPropertyDescription("conda match specs, sorted.")
        List<String> condaDependencies,
    @Nullable @Size(max = 1024) @JsonPropertyDescription("pip requirements in order.")
        List<String> pipDependencies,
    @Nullable
        @JsonPropertyDescription("Dockerfile that makes the image, where there are no packages.")
        Dockerfile dockerfile,
    @Nullable @Size(max = 256) @JsonPropertyDescription("Spark packages as group:artifact:version.")
        List<String> sparkPackages) {

  /** A Dockerfile and what it is built from. */
  public record Dockerfile(
      @Required @Size(max = 65536) @JsonPropertyDescription("Text of the Dockerfile.") String text,
      @Required
          @Size(max = 32)
          @JsonPropertyDescription("Images that it names after FROM, as name=image by digest.")
          List<String> images,
      @Nullable
          @Pattern("^sha256:[0-9a-f]{64}$")
          @JsonPropertyDescription("Snapshot of the source that has the context.")
          String snapshot,
      @Nullable
          @Size(max = 1024)
          @JsonPropertyDescription("Directory of the source that is the context.")
          String context) {}
}
