package dev.trainyard.operator.trainingrun;

import dev.trainyard.api.v1alpha1.TrainingRun;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.ResourceID;

/** Writes the status of a run in the middle of a reconcile, which goes on from what was written. */
final class RunStatus {
  private RunStatus() {}

  /**
   * Writes it as the framework does at the end of a reconcile, and lets the cache know of it before
   * the watch does.
   *
   * @param seen the run that the status was made of
   * @param patch name, namespace, resource version and status
   * @return the run as the API server has it now
   */
  static TrainingRun write(TrainingRun seen, TrainingRun patch, Context<TrainingRun> context) {
    TrainingRun written =
        context
            .getClient()
            .resource(patch)
            .subresource("status")
            .patch(
                new PatchContext.Builder()
                    .withFieldManager(context.getControllerConfiguration().fieldManager())
                    .withForce(true)
                    .withPatchType(PatchType.SERVER_SIDE_APPLY)
                    .build());
    context
        .eventSourceRetriever()
        .getControllerEventSource()
        .handleRecentResourceUpdate(ResourceID.fromResource(written), written, seen);
    return written;
  }
}
