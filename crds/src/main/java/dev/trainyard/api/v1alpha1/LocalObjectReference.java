package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** A reference by name to an object in the same namespace; references never leave it. */
public record LocalObjectReference(
    @Required
        @Size(max = 253)
        @ValidationRule(value = Rules.NAME, message = "name" + Rules.NAME_MESSAGE)
        @JsonPropertyDescription("Name of the object, in the namespace of this resource.")
        String name) {}
