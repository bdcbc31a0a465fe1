package dev.trainyard.api;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import dev.trainyard.api.v1alpha1.ComputeTarget;
import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.RunConfiguration;
import dev.trainyard.api.v1alpha1.TrainingRun;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Makes the CRD YAML from the Java types: the fabric8 generator's schema, with what it leaves out
 * or doubles put right (descriptions of kinds, column order, list types, rules seen twice on
 * records).
 */
final class CrdYaml {
  private static final List<Class<? extends CustomResource<?, ?>>> KINDS =
      List.of(ComputeTarget.class, RunConfiguration.class, TrainingRun.class, Environment.class);

  private CrdYaml() {}

  /** File name to YAML text, for every kind. */
  static Map<String, String> generate(Path workDirectory) {
    var files = new TreeMap<String, String>();
    for (Class<? extends CustomResource<?, ?>> kind : KINDS) {
      CustomResourceDefinition crd = generated(kind, workDirectory);
      polish(crd, kind);
      files.put(crd.getMetadata().getName() + ".yaml", Serialization.asYaml(crd));
    }
    return files;
  }

  private static CustomResourceDefinition generated(
      Class<? extends CustomResource<?, ?>> kind, Path workDirectory) {
    var info =
        new CRDGenerator()
            .customResourceClasses(kind)
            .inOutputDir(workDirectory.toFile())
            .detailedGenerate();
    String path =
        info.getCRDDetailsPerNameAndVersion().values().stream()
            .flatMap(versions -> versions.values().stream())
            .map(details -> details.getFilePath())
            .findFirst()
            .orElseThrow();
    try {
      return Serialization.unmarshal(
          Files.readString(Path.of(path)), CustomResourceDefinition.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void polish(CustomResourceDefinition crd, Class<?> kind) {
    crd.getSpec().getNames().setCategories(List.of("trainyard"));
    CustomResourceDefinitionVersion version = crd.getSpec().getVersions().getFirst();
    version.setAdditionalPrinterColumns(columns(kind));
    JSONSchemaProps root = version.getSchema().getOpenAPIV3Schema();
    root.setDescription(description(kind));
    Type[] arguments = ((ParameterizedType) kind.getGenericSuperclass()).getActualTypeArguments();
    JSONSchemaProps spec = property(root, "spec");
    spec.setDescription(description((Class<?>) arguments[0]));
    JSONSchemaProps status = property(root, "status");
    status.setDescription(description((Class<?>) arguments[1]));
    root.setRequired(List.of("spec"));
    polishConditions(status);
    RulePolish.apply(root);
  }

  private static String description(Class<?> type) {
    return Objects.requireNonNull(
            type.getAnnotation(JsonClassDescription.class), () -> type + " has no description")
        .value();
  }

  /** The columns in the order in which the class lists them. */
  private static List<CustomResourceColumnDefinition> columns(Class<?> kind) {
    return Stream.of(kind.getAnnotationsByType(AdditionalPrinterColumn.class))
        .map(column -> {
          var definition = new CustomResourceColumnDefinition();
          definition.setName(column.name());
          definition.setJsonPath(column.jsonPath());
          definition.setType(column.type().getValue());
          definition.setPriority(column.priority());
          return definition;
        })
        .toList();
  }

  /** Conditions are a map by type, so that server-side apply merges them one by one. */
  private static void polishConditions(JSONSchemaProps status) {
    JSONSchemaProps conditions = property(status, "conditions");
    conditions.setXKubernetesListType("map");
    conditions.setXKubernetesListMapKeys(List.of("type"));
    JSONSchemaProps item = conditions.getItems().getSchema();
    item.setRequired(List.of("type", "status", "lastTransitionTime", "reason", "message"));
    describe(item, "type", "Name of the condition.");
    describe(item, "status", "True, False or Unknown.");
    describe(item, "reason", "Why, in one CamelCase word; see docs/troubleshooting.md.");
    describe(item, "message", "What was found and what to do, as a sentence.");
    describe(item, "lastTransitionTime", "When the status last changed.");
    describe(item, "observedGeneration", "Generation of the spec it speaks of.");
    property(item, "lastTransitionTime").setFormat("date-time");
  }

  private static void describe(JSONSchemaProps schema, String name, String text) {
    property(schema, name).setDescription(text);
  }

  private static JSONSchemaProps property(JSONSchemaProps schema, String name) {
    return Objects.requireNonNull(schema.getProperties().get(name), name);
  }
}
