package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What became of an environment. Times are RFC 3339 in UTC. */
@JsonClassDescription("What became of the environment.")
public record EnvironmentStatus(
    @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        Long observedGeneration,
    @Nullable
        @JsonPropertyDescription(
            "State: Pending (to be built, or built again after a pause), Building, Ready or Failed.")
        EnvironmentState state,
    @JsonPropertyDescription(
            "Ready is True when the image is in the registry; its message says what a build is"
                + " doing, or why it failed.")
        List<Condition> conditions,
    @Nullable @JsonPropertyDescription("Image of the environment, by digest, as nodes pull it.")
        String image,
    @Nullable @JsonPropertyDescription("Bytes of the environment's own layer, compressed.")
        Long sizeBytes,
    @Nullable
        @JsonPropertyDescription(
            "Exact packages: name=version=build for conda's, pip:name==version for pip's.")
        List<String> packages,
    @Nullable
        @JsonPropertyDescription(
            "Artifact in the registry with the exact packages as files that conda, pixi and pip"
                + " install from.")
        String lock,
    @Nullable @JsonPropertyDescription("Number of the build that is under way or was the last.")
        Integer build,
    @Nullable @JsonPropertyDescription("Job that builds or built it.") String buildJob,
    @Nullable @JsonPropertyDescription("When that build began.") String buildStartTime,
    @Nullable @JsonPropertyDescription("Seconds that the build took.") Long buildSeconds,
    @Nullable
        @JsonPropertyDescription(
            "Seconds of each part of the build: pull, solve, install, pip, compile, pack, push.")
        Map<String, String> buildPhases,
    @Nullable @JsonPropertyDescription("Builds in a row that failed.") Integer failures,
    @Nullable @JsonPropertyDescription("When a build last failed.") String lastFailureTime,
    @Nullable @JsonPropertyDescription("Last lines of the output of a build that failed.")
        String lastLog,
    @Nullable @JsonPropertyDescription("When a run last used it.") String lastUsedTime) {}
