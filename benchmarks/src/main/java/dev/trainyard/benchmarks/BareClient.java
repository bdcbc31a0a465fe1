package dev.trainyard.benchmarks;

import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.api.v1alpha1.TrainingRunStatus;
import dev.trainyard.testbed.runs.ScriptRun;
import io.fabric8.kubernetes.api.model.DeletionPropagation;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.Map;

/** Makes the Jobs that the operator makes, and does nothing else. */
final class BareClient {
  private static final String LABEL = "trainyard.dev/bench";

  /** Not the operator's, so that the runs can go while it rests. */
  private static final String FINALIZER = "trainyard.dev/bench";

  private static final PatchContext APPLY =
      new PatchContext.Builder()
          .withFieldManager("bench")
          .withForce(true)
          .withPatchType(PatchType.SERVER_SIDE_APPLY)
          .build();

  private final Bench bench;
  private final Job pattern;

  /**
   * @param pattern a Job that the operator made
   */
  BareClient(Bench bench, Job pattern) {
    this.bench = bench;
    this.pattern = pattern;
  }

  void createJob(int number) {
    bench
        .client()
        .resource(
            new JobBuilder(pattern)
                .withNewMetadata()
                .withName(name(number))
                .withLabels(Map.of(LABEL, "bare"))
                .endMetadata()
                .editSpec()
                .withSelector(null)
                .editTemplate()
                .withNewMetadata()
                .withLabels(Map.of(LABEL, "bare"))
                .endMetadata()
                .endTemplate()
                .endSpec()
                .withStatus(null)
                .build())
        .inNamespace(bench.namespace())
        .create();
  }

  /**
   * Makes a Job with all that is written before it by who keeps account of it: the run, its
   * finalizer and its status with the attempt. The operator has to rest.
   */
  void createRunAndJob(int number, String source, TrainingRunStatus status) {
    bench.create(new ScriptRun(name(number), source, Bench.NOWHERE).run());
    TrainingRun finalizer = patch(number);
    finalizer.addFinalizer(FINALIZER);
    bench.client().resource(finalizer).patch(APPLY);
    TrainingRun intent = patch(number);
    intent.setStatus(status);
    bench.client().resource(intent).subresource("status").patch(APPLY);
    createJob(number);
  }

  /** Deletes a run of this client. */
  void deleteRun(int number) {
    bench
        .run(name(number))
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"metadata\": {\"finalizers\": null}}");
    bench.run(name(number)).delete();
  }

  /** Deletes all Jobs of this client with their pods. */
  void deleteJobs() {
    bench
        .client()
        .batch()
        .v1()
        .jobs()
        .inNamespace(bench.namespace())
        .withLabel(LABEL)
        .withPropagationPolicy(DeletionPropagation.BACKGROUND)
        .delete();
  }

  private TrainingRun patch(int number) {
    var patch = new TrainingRun();
    patch.setMetadata(
        new ObjectMetaBuilder().withName(name(number)).withNamespace(bench.namespace()).build());
    return patch;
  }

  private static String name(int number) {
    return "bare-" + number;
  }
}
