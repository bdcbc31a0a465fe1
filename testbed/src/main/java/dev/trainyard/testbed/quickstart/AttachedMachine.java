package dev.trainyard.testbed.quickstart;

import dev.trainyard.testbed.machine.Machine;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.util.Map;

/** The ComputeTarget {@code machine}, and the Secret with the key that opens it. */
record AttachedMachine(KubernetesClient client, String namespace, Machine machine) {
  private static final String NAME = "machine";

  /** Makes or changes both; the host key is pinned. */
  void attach() throws IOException {
    client
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName(NAME)
                .withNamespace(namespace)
                .endMetadata()
                .withStringData(Map.of("ssh-privatekey", machine.privateKey()))
                .build())
        .forceConflicts()
        .serverSideApply();
    client
        .resource(
            Serialization.unmarshal(
                """
                apiVersion: trainyard.dev/v1alpha1
                kind: ComputeTarget
                metadata: {name: %s, namespace: %s}
                spec:
                  type: dsvm
                  dsvm:
                    attach:
                      address: %s
                      username: %s
                      privateKeySecretRef: {name: %s, key: ssh-privatekey}
                      knownHosts: '%s'
                """
                    .formatted(
                        NAME,
                        namespace,
                        machine.address(),
                        Machine.USER,
                        NAME,
                        machine.knownHosts().strip()),
                GenericKubernetesResource.class))
        .forceConflicts()
        .serverSideApply();
  }
}
