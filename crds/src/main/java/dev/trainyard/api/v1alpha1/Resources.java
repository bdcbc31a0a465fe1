package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import org.jspecify.annotations.Nullable;

/** What one node of a run asks for; requests and limits are the same, as for batch work. */
public record Resources(
    @Nullable
        @Pattern("^([0-9]+m|[0-9]+([.][0-9]+)?)$")
        @JsonPropertyDescription(
            "CPU for one node of the run, as a Kubernetes quantity: 500m, 2, 1.5.")
        String cpu,
    @Nullable
        @Pattern("^[0-9]+([.][0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$")
        @JsonPropertyDescription(
            "Memory for one node of the run, as a Kubernetes quantity: 512Mi, 2Gi.")
        String memory,
    @Nullable
        @Min(0)
        @Max(64)
        @JsonPropertyDescription("Number of GPUs for one node of the run.")
        Integer gpu) {}
