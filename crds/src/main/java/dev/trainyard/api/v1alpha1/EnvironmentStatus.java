package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of an environment. Times are RFC 3339 in UTC. */
@JsonClassDescription("What became of the environment.")
public record EnvironmentStatus(
    @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        Long observedGeneration,
    @JsonPropertyDescription("Ready is True when the image is in the registry.")
        List<Condition> conditions,
    @Nullable @JsonPropertyDescription("Image of the environment, by digest.") String image,
    @Nullable @JsonPropertyDescription("Bytes of the environment's own layer.") Long sizeBytes,
    @Nullable @JsonPropertyDescription("Exact packages, as name=version=build.")
        List<String> packages,
    @Nullable @JsonPropertyDescription("Seconds that the build took.") Long buildSeconds,
    @Nullable @JsonPropertyDescription("Job that builds or built it.") String buildJob,
    @Nullable @JsonPropertyDescription("Last lines of the build's output.") String lastLog,
    @Nullable @JsonPropertyDescription("When a run last used it.") String lastUsedTime) {}
