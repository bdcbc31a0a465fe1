package dev.trainyard.operator.provider.local;

import dev.trainyard.operator.provider.RunRequest;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceBuilder;

/** Makes the headless Service under which the nodes of a distributed run find each other. Pure. */
final class NodeService {
  private NodeService() {}

  static Service of(RunRequest request, OwnerReference owner) {
    return new ServiceBuilder()
        .withNewMetadata()
        .withName(new NodeGroup(request).service())
        .withNamespace(request.run().getMetadata().getNamespace())
        .withLabels(TrainingJob.labels(request.attempt()))
        .withOwnerReferences(owner)
        .endMetadata()
        .withNewSpec()
        .withClusterIP("None")
        // Nodes look for each other while they start.
        .withPublishNotReadyAddresses(true)
        .withSelector(TrainingJob.labels(request.attempt()))
        .endSpec()
        .build();
  }
}
