package dev.trainyard.operator.workload;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Optional;

/** Why the Job controller cannot make a Job's pod; only its events tell. */
public final class PodRefusal {
  private PodRefusal() {}

  /** What it said last; empty when nothing was refused. */
  public static Optional<String> of(KubernetesClient client, Job job) {
    return client
        .v1()
        .events()
        .inNamespace(job.getMetadata().getNamespace())
        .withField("involvedObject.uid", job.getMetadata().getUid())
        .withField("reason", "FailedCreate")
        .list()
        .getItems()
        .stream()
        .map(Event::getMessage)
        .reduce((before, last) -> last);
  }
}
