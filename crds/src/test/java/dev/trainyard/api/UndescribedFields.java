package dev.trainyard.api;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.ArrayList;
import java.util.List;

/** Finds the fields that {@code kubectl explain} would show without a word. */
final class UndescribedFields {
  private UndescribedFields() {}

  static List<String> of(String crdYaml) {
    var crd = Serialization.unmarshal(crdYaml, CustomResourceDefinition.class);
    var missing = new ArrayList<String>();
    JSONSchemaProps root = crd.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
    collect(crd.getSpec().getNames().getKind(), root, missing);
    return missing;
  }

  private static void collect(String path, JSONSchemaProps schema, List<String> missing) {
    if (schema.getDescription() == null || schema.getDescription().isBlank()) {
      missing.add(path);
    }
    if (schema.getProperties() != null) {
      schema.getProperties().forEach((name, child) -> collect(path + "." + name, child, missing));
    }
    if (schema.getItems() != null && schema.getItems().getSchema().getProperties() != null) {
      schema
          .getItems()
          .getSchema()
          .getProperties()
          .forEach((name, child) -> collect(path + "[]." + name, child, missing));
    }
  }
}
