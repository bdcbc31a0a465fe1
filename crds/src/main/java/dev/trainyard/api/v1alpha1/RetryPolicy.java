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
            "Retries after trouble that is not the script's: a lost or evicted pod.")
        Integer infrastructureRetries) {}
