package dev.trainyard.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;

/** One key of a Secret in the same namespace. */
public record SecretKeyReference(
    @Required
        @Size(max = 253)
        @ValidationRule(value = Rules.NAME, message = "name" + Rules.NAME_MESSAGE)
        @JsonPropertyDescription("Name of the Secret, in the namespace of this resource.")
        String name,
    @Required
        @Size(max = 253)
        @ValidationRule(
            value = "self.matches('^[-._a-zA-Z0-9]+$')",
            message = "key must be a key of a Secret: letters, digits, '-', '_' and '.'")
        @JsonPropertyDescription("Key in the Secret's data whose value is used.")
        String key) {}
