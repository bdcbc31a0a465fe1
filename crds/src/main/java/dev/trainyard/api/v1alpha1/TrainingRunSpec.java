package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a person asks to be trained. Everything but {@code cancel} and {@code
 * ttlSecondsAfterFinished} is fixed when the run is made: another run is another TrainingRun.
 */
@JsonClassDescription(
    "What is to be trained. Everything but cancel and ttlSecondsAfterFinished is fixed when the run"
        + " is made.")
@ValidationRule(
    value = "has(self.runConfigurationRef) != has(self.runConfiguration)",
    message = "give exactly one of runConfigurationRef and runConfiguration")
@ValidationRule(
    value = "self.source == oldSelf.source",
    message = "source cannot be changed: make a new TrainingRun")
@ValidationRule(
    value =
        "has(self.script) == has(oldSelf.script) && (!has(self.script) || self.script =="
            + " oldSelf.script)",
    message = "script cannot be changed: make a new TrainingRun")
@ValidationRule(
    value =
        "has(self.arguments) == has(oldSelf.arguments) && (!has(self.arguments) ||"
            + " self.arguments == oldSelf.arguments)",
    message = "arguments cannot be changed: make a new TrainingRun")
@ValidationRule(
    value =
        "has(self.computeTargetRef) == has(oldSelf.computeTargetRef) &&"
            + " (!has(self.computeTargetRef) || self.computeTargetRef =="
            + " oldSelf.computeTargetRef)",
    message = "computeTargetRef cannot be changed: make a new TrainingRun")
@ValidationRule(
    value =
        "has(self.runConfigurationRef) == has(oldSelf.runConfigurationRef) &&"
            + " (!has(self.runConfigurationRef) || self.runConfigurationRef =="
            + " oldSelf.runConfigurationRef)",
    message = "runConfigurationRef cannot be changed: make a new TrainingRun")
@ValidationRule(
    value =
        "!has(self.runConfiguration) || !has(oldSelf.runConfiguration) || self.runConfiguration =="
            + " oldSelf.runConfiguration",
    message = "runConfiguration cannot be changed: make a new TrainingRun")
@ValidationRule(
    value =
        "has(self.resources) == has(oldSelf.resources) && (!has(self.resources) ||"
            + " self.resources == oldSelf.resources)",
    message = "resources cannot be changed: make a new TrainingRun")
@ValidationRule(
    value =
        "has(self.retryPolicy) == has(oldSelf.retryPolicy) && (!has(self.retryPolicy) ||"
            + " self.retryPolicy == oldSelf.retryPolicy)",
    message = "retryPolicy cannot be changed: make a new TrainingRun")
@ValidationRule(
    value =
        "!has(self.runConfiguration) || has(self.script) || (has(self.runConfiguration.script) &&"
            + " self.runConfiguration.script != '')",
    message = "script is required: give script or runConfiguration.script")
@ValidationRule(
    value = "!(has(oldSelf.cancel) && oldSelf.cancel) || (has(self.cancel) && self.cancel)",
    message = "cancel cannot be taken back: make a new TrainingRun")
public record TrainingRunSpec(
    @Nullable @JsonPropertyDescription("RunConfiguration to use. Give this or runConfiguration.")
        LocalObjectReference runConfigurationRef,
    @Nullable
        @JsonPropertyDescription("The run configuration, inline. Give this or runConfigurationRef.")
        RunConfigurationSpec runConfiguration,
    @Nullable
        @JsonPropertyDescription(
            "ComputeTarget to run on; overrides target of the run configuration. local is built"
                + " in.")
        LocalObjectReference computeTargetRef,
    @Required @JsonPropertyDescription("Where the source directory comes from.") Source source,
    @Nullable
        @Size(min = 1, max = 1024)
        @ValidationRule(
            value = Rules.RELATIVE,
            message = "script must be a path inside the source directory, not an absolute one")
        @ValidationRule(
            value = Rules.INSIDE,
            message = "script must not leave the source directory: remove '..'")
        @ValidationRule(value = Rules.PRINTABLE, message = Rules.SCRIPT_PRINTABLE)
        @JsonPropertyDescription("Script to run; overrides script of the run configuration.")
        String script,
    @Nullable
        @Size(max = 1024)
        @JsonPropertyDescription("Arguments; override arguments of the run configuration.")
        List<String> arguments,
    @Nullable @JsonPropertyDescription("What each node of the run gets; overrides the target's.")
        Resources resources,
    @Nullable
        @Default("false")
        @JsonPropertyDescription("Set to true to end the run; it cannot be taken back.")
        Boolean cancel,
    @Nullable @JsonPropertyDescription("How often the run is tried again.") RetryPolicy retryPolicy,
    @Nullable
        @Min(0)
        @Max(315360000)
        @JsonPropertyDescription(
            "Seconds after its end when the run is deleted; unset: it is kept.")
        Long ttlSecondsAfterFinished) {}
