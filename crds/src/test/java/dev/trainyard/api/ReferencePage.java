package dev.trainyard.api;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One kind's page of docs/reference, made from its CRD: a section for each object, a row a field.
 */
final class ReferencePage {
  /** Fields whose schema is another kind's spec and stands on that kind's page. */
  private static final Map<String, String> ELSEWHERE =
      Map.of("spec.runConfiguration", "[RunConfiguration](runconfiguration.md#spec)");

  private final StringBuilder text = new StringBuilder();

  private ReferencePage() {}

  static String fileName(CustomResourceDefinition crd) {
    return crd.getSpec().getNames().getKind().toLowerCase(Locale.ROOT) + ".md";
  }

  static String of(CustomResourceDefinition crd) {
    var page = new ReferencePage();
    page.head(crd);
    JSONSchemaProps root = schema(crd);
    page.section("spec", Objects.requireNonNull(root.getProperties().get("spec")));
    page.section("status", Objects.requireNonNull(root.getProperties().get("status")));
    return page.text.toString();
  }

  /** The first sentence or so about a kind, for the list of pages. */
  static String summary(CustomResourceDefinition crd) {
    return cell(schema(crd).getDescription());
  }

  private static JSONSchemaProps schema(CustomResourceDefinition crd) {
    return crd.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
  }

  private void head(CustomResourceDefinition crd) {
    var names = crd.getSpec().getNames();
    CustomResourceDefinitionVersion version = crd.getSpec().getVersions().getFirst();
    text.append("<!-- Made from the Java types by `make generate`: change those. -->\n\n# ")
        .append(names.getKind())
        .append("\n\n")
        .append(summary(crd))
        .append("\n\n| | |\n| --- | --- |\n| apiVersion | `")
        .append(crd.getSpec().getGroup())
        .append('/')
        .append(version.getName())
        .append("` |\n| kubectl | `")
        .append(names.getPlural())
        .append("`, `")
        .append(String.join("`, `", names.getShortNames()))
        .append("` |\n| Columns | ")
        .append(
            version.getAdditionalPrinterColumns().stream()
                .map(column ->
                    column.getName() + (column.getPriority() > 0 ? " (with `-o wide`)" : ""))
                .collect(Collectors.joining(", ")))
        .append(" |\n");
  }

  private void section(String path, JSONSchemaProps schema) {
    text.append("\n## ").append(path).append("\n\n").append(cell(schema.getDescription()));
    text.append("\n\n");
    List<String> rules = rules(schema);
    if (!rules.isEmpty()) {
      rules.forEach(rule -> text.append("- ").append(rule).append('\n'));
      text.append('\n');
    }
    text.append("| Field | Type | Default | Description |\n| --- | --- | --- | --- |\n");
    List<String> required = Objects.requireNonNullElse(schema.getRequired(), List.of());
    schema
        .getProperties()
        .forEach((name, field) -> row(path, name, field, required.contains(name)));
    schema
        .getProperties()
        .forEach((name, field) -> {
          JSONSchemaProps nested = nested(field);
          if (nested != null && !ELSEWHERE.containsKey(path + "." + name)) {
            section(path + "." + name + suffix(field), described(nested, field));
          }
        });
  }

  private void row(String path, String name, JSONSchemaProps field, boolean required) {
    String type = type(field);
    String child = path + "." + name;
    if (ELSEWHERE.containsKey(child)) {
      type = Objects.requireNonNull(ELSEWHERE.get(child));
    } else if (nested(field) != null) {
      type = "[" + type + "](#" + anchor(child + suffix(field)) + ")";
    }
    var description = new ArrayList<String>();
    description.add((required ? "Required. " : "") + cell(field.getDescription()));
    description.addAll(limits(field));
    if (nested(field) == null) {
      description.addAll(rules(field));
    }
    if (field.getItems() != null && field.getItems().getSchema().getProperties() == null) {
      description.addAll(rules(field.getItems().getSchema()));
    }
    text.append("| `")
        .append(name)
        .append("` | ")
        .append(type)
        .append(" | ")
        .append(field.getDefault() == null ? "" : "`" + field.getDefault().asText() + "`")
        .append(" | ")
        .append(String.join("<br>", description))
        .append(" |\n");
  }

  private static String type(JSONSchemaProps field) {
    if (Boolean.TRUE.equals(field.getXKubernetesIntOrString())) {
      return "integer or string";
    }
    if (field.getItems() != null) {
      return "list of " + type(field.getItems().getSchema());
    }
    if (field.getAdditionalProperties() != null
        && field.getAdditionalProperties().getSchema() != null) {
      return "map of " + type(field.getAdditionalProperties().getSchema());
    }
    if (field.getType() == null
        || Boolean.TRUE.equals(field.getXKubernetesPreserveUnknownFields())) {
      return "any";
    }
    return field.getType();
  }

  /** The schema of the object that a field is, or is a list or map of; null for scalars. */
  private static @Nullable JSONSchemaProps nested(JSONSchemaProps field) {
    JSONSchemaProps inner = field;
    if (field.getItems() != null) {
      inner = field.getItems().getSchema();
    } else if (field.getAdditionalProperties() != null
        && field.getAdditionalProperties().getSchema() != null) {
      inner = field.getAdditionalProperties().getSchema();
    }
    return inner.getProperties() == null || inner.getProperties().isEmpty() ? null : inner;
  }

  private static String suffix(JSONSchemaProps field) {
    if (field.getItems() != null) {
      return "[]";
    }
    return field.getProperties() == null || field.getProperties().isEmpty() ? ".*" : "";
  }

  /** Items of a list have no description of their own; the list's is the one to show. */
  private static JSONSchemaProps described(JSONSchemaProps nested, JSONSchemaProps field) {
    nested.setDescription(field.getDescription());
    return nested;
  }

  private static List<String> rules(JSONSchemaProps schema) {
    return Objects.requireNonNullElse(schema.getXKubernetesValidations(), List.<ValidationRule>of())
        .stream()
        .map(rule -> "Rule: " + cell(rule.getMessage()) + ".")
        .toList();
  }

  private static List<String> limits(JSONSchemaProps field) {
    var limits = new ArrayList<String>();
    if (field.getEnum() != null && !field.getEnum().isEmpty()) {
      limits.add(
          "One of "
              + field.getEnum().stream()
                  .map(value -> "`" + value.asText() + "`")
                  .collect(Collectors.joining(", "))
              + ".");
    }
    range("Value", field.getMinimum(), field.getMaximum(), limits);
    range("Length", field.getMinLength(), field.getMaxLength(), limits);
    range("Entries", field.getMinItems(), field.getMaxItems(), limits);
    range("Entries", field.getMinProperties(), field.getMaxProperties(), limits);
    if (field.getPattern() != null) {
      limits.add("Pattern: `" + cell(field.getPattern()) + "`.");
    }
    return limits;
  }

  private static void range(
      String what, @Nullable Number least, @Nullable Number most, List<String> limits) {
    if (least != null && most != null) {
      limits.add("%s: %s to %s.".formatted(what, number(least), number(most)));
    } else if (least != null) {
      limits.add("%s: at least %s.".formatted(what, number(least)));
    } else if (most != null) {
      limits.add("%s: at most %s.".formatted(what, number(most)));
    }
  }

  private static String number(Number number) {
    return Long.toString(number.longValue());
  }

  /** As GitHub makes the anchor of a heading. */
  private static String anchor(String heading) {
    return heading.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9 -]", "").replace(' ', '-');
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ").replace("*", "\\*");
  }
}
