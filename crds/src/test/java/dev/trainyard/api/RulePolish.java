package dev.trainyard.api;

import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Makes each rule stand once and say what it found. */
final class RulePolish {
  /** What may carry a password although it must not; a message never repeats it. */
  private static final Set<String> NEVER_REPEATED = Set.of("url", "resourceManager", "authority");

  private RulePolish() {}

  static void apply(JSONSchemaProps schema) {
    polish("", schema);
  }

  private static void polish(String name, JSONSchemaProps schema) {
    if (Boolean.TRUE.equals(schema.getXKubernetesIntOrString())) {
      // Each of the two types would be reported as a fault of its own.
      schema.setAnyOf(List.of());
    }
    if (schema.getXKubernetesValidations() != null) {
      // A record component's annotation is seen on its field and on its accessor.
      schema.setXKubernetesValidations(
          new ArrayList<>(new LinkedHashSet<>(schema.getXKubernetesValidations())));
      if ("string".equals(schema.getType()) && !NEVER_REPEATED.contains(name)) {
        schema.getXKubernetesValidations().forEach(RulePolish::sayWhatWasFound);
      }
    }
    if (schema.getProperties() != null) {
      schema.getProperties().forEach(RulePolish::polish);
    }
    if (schema.getItems() != null && schema.getItems().getSchema() != null) {
      polish(name, schema.getItems().getSchema());
    }
    if (schema.getAdditionalProperties() != null
        && schema.getAdditionalProperties().getSchema() != null) {
      polish(name, schema.getAdditionalProperties().getSchema());
    }
  }

  /** The API server prints {@code Invalid value: "string"} and not the value. */
  private static void sayWhatWasFound(ValidationRule rule) {
    String text = rule.getMessage().replace("\\", "\\\\").replace("\"", "\\\"");
    rule.setMessageExpression("\"" + text + "; found: \" + self");
  }
}
