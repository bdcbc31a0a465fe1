package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the operator makes of a run configuration. */
@JsonClassDescription("What the operator makes of the configuration.")
public record RunConfigurationStatus(
    @JsonPropertyDescription("Generation of the spec that this status speaks of.")
        Long observedGeneration,
    @JsonPropertyDescription(
            "Ready is True when runs can use the configuration. FullyHonored is False when fields"
                + " are kept that are not acted on; its message names them.")
        List<Condition> conditions,
    @Nullable @JsonPropertyDescription("UserManaged or SystemManaged.") String environmentKind,
    @Nullable @JsonPropertyDescription("Base image that runs start from, as written.")
        String baseImage,
    @Nullable
        @JsonPropertyDescription(
            "Environment that was prepared because the annotation trainyard.dev/prepare-environment"
                + " asks for it.")
        String environment) {}
