package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.ValidationRule;
import io.fabric8.kubernetes.api.model.IntOrString;
import org.jspecify.annotations.Nullable;

/** What one node of a run asks for; requests and limits are the same, as for batch work. */
public record Resources(
    @Nullable
        @SchemaFrom(type = IntOrString.class)
        @ValidationRule(
            value =
                "string(self).matches('^([0-9]+m|[0-9]+([.][0-9]+)?)$') &&"
                    + " string(self).matches('[1-9]')",
            message = "resources.cpu must be an amount above zero such as 500m, 2 or 1.5")
        @JsonPropertyDescription(
            "CPU for one node of the run, as a Kubernetes quantity: 500m, 2, 1.5.")
        String cpu,
    @Nullable
        @SchemaFrom(type = IntOrString.class)
        @ValidationRule(
            value = "string(self).matches('^[0-9]+([.][0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$')",
            message = "resources.memory must be an amount such as 512Mi or 2Gi")
        @ValidationRule(
            value =
                "!string(self).matches('^[0-9]+([.][0-9]+)?(Ki|Mi|Gi|Ti|k|M|G|T)?$') ||"
                    + " quantity(string(self)).compareTo(quantity('4Mi')) >= 0",
            message = "resources.memory is less than 4Mi: give its unit, such as 512Mi or 2Gi")
        @JsonPropertyDescription(
            "Memory for one node of the run, as a Kubernetes quantity: 512Mi, 2Gi.")
        String memory,
    @Nullable @Min(0) @Max(64) @JsonPropertyDescription("Number of GPUs for one node of the run.")
        Integer gpu) {}
