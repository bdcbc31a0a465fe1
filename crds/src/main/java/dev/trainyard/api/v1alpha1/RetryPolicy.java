package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import org.jspecify.annotations.Nullable;

/** How often a run is tried again. */
public record RetryPolicy(
    @Nullable
        @Default("3")
        @Min(0)
        @Max(100)
        @JsonPropertyDescription(
            "Retries after trouble that is not the script's: a lost, evicted or preempted pod.")
        Integer infrastructureRetries,
    @Nullable
        @Default("0")
        @Min(0)
        @Max(100)
        @JsonPropertyDescription(
            "Retries after the script itself failed: another exit code than 0, or too little"
                + " memory. A run that is past maxRunDurationSeconds is not tried again.")
        Integer scriptRetries,
    @Nullable
        @Default("10")
        @Min(0)
        @Max(3600)
        @JsonPropertyDescription(
            "Seconds before the first retry; doubled for each further one, to at most an hour.")
        Integer backoffSeconds,
    @Nullable
        @Default("false")
        @JsonPropertyDescription(
            "Whether an attempt finds what the one before it left in outputs/ and the other"
                + " collected directories, so that a script can go on from its checkpoint.")
        Boolean resume) {}
