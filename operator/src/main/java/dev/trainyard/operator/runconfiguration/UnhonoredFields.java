package dev.trainyard.operator.runconfiguration;

import com.fasterxml.jackson.databind.JsonNode;
import dev.trainyard.api.v1alpha1.RunConfigurationSpec;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds the fields of a configuration that are kept but not acted on, so that a condition can name
 * them. A field that says nothing (null, empty, false, zero or the SDK's default) is not named.
 */
final class UnhonoredFields {
  static final List<String> PATHS =
      List.of(
          "command",
          "paralleltask",
          "data",
          "datacaches",
          "outputData",
          "sourceDirectoryDataStore",
          "autoClusterComputeSpecification",
          "kubernetescompute",
          "credentialPassthrough",
          "applicationEndpoints",
          "dataReferences",
          "docker.useDocker",
          "docker.arguments",
          "amlcompute.vmSize",
          "amlcompute.name",
          "environment.version",
          "environment.databricks",
          "environment.r",
          "environment.inferencingStackVersion",
          "environment.assetId",
          "environment.python.baseCondaEnvironment",
          "environment.docker.arguments",
          "environment.docker.baseImageRegistry.registryIdentity",
          "environment.spark.packages",
          "environment.spark.repositories");

  private static final KubernetesSerialization SERIALIZATION = new KubernetesSerialization();

  private UnhonoredFields() {}

  /** The dotted paths of the fields, in the order of the file format. */
  static List<String> of(RunConfigurationSpec spec) {
    JsonNode root = SERIALIZATION.convertValue(spec, JsonNode.class);
    var found = new ArrayList<String>();
    for (String path : PATHS) {
      JsonNode node = root.at("/" + path.replace('.', '/'));
      if (saysSomething(node)) {
        found.add(path);
      }
    }
    return found;
  }

  private static boolean saysSomething(JsonNode node) {
    if (node.isMissingNode() || node.isNull()) {
      return false;
    }
    if (node.isContainerNode()) {
      for (JsonNode child : node) {
        if (saysSomething(child)) {
          return true;
        }
      }
      return false;
    }
    return !node.asText().isEmpty() && !node.asText().equals("false") && !node.asText().equals("0");
  }
}
