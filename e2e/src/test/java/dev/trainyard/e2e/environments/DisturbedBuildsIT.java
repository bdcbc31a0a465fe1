package dev.trainyard.e2e.environments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentState;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The operator or a build's pod goes away in each part of a build. Each ends with one good image,
 * and with nothing else in the registry or the namespace.
 */
class DisturbedBuildsIT {
  private static final String PRINT = "import tabulate; print(tabulate.__version__)";
  private static final String DEPENDENCIES =
      "{channels: [conda-forge], dependencies: [python=3.11, tabulate, joblib]}";

  @ParameterizedTest
  @CsvSource({
    "conda, solving",
    "conda, installing",
    "finish, compiling",
    "pack, packing",
    "pack, pushing"
  })
  void anOperatorThatIsKilledFindsItsBuildAgain(String step, String activity) throws Exception {
    try (Runs runs = new Runs()) {
      var builds = new BuildPods(runs);
      builds.slow();
      runs.start("killed", PRINT, DEPENDENCIES);
      builds.doing("killed", step, activity);
      runs.killOperator();
      Environment environment = assertOneGoodImage(runs, "killed");
      assertThat(runs.builds(environment)).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "conda, solving",
    "conda, installing",
    "finish, compiling",
    "pack, packing",
    "pack, pushing"
  })
  void aBuildWhosePodIsDeletedIsMadeAgain(String step, String activity) throws Exception {
    try (Runs runs = new Runs()) {
      var builds = new BuildPods(runs);
      builds.slow();
      runs.start("deleted", PRINT, DEPENDENCIES);
      Pod pod = builds.doing("deleted", step, activity);
      runs.client().resource(pod).withGracePeriod(0).delete();
      Environment environment = assertOneGoodImage(runs, "deleted");
      // A push may be over before the deletion reaches it.
      assertThat(environment.getStatus().build()).isBetween(activity.equals("pushing") ? 1 : 2, 2);
    }
  }

  @Test
  void anEnvironmentThatIsDeletedWhileItIsBuiltLeavesNoImageBehind() throws Exception {
    try (Runs runs = new Runs()) {
      var registry = new NodeRegistry(runs.client());
      var builds = new BuildPods(runs);
      builds.slow();
      runs.start("gone", PRINT, DEPENDENCIES);
      builds.doing("gone", "pack", "packing");
      runs.client().resource(runs.get("gone")).delete();
      Environment environment = runs.onlyEnvironment();
      runs.delete(environment);
      assertThat(registry.status(runs.tag(environment, ""))).isEqualTo(404);
      assertThat(registry.status(runs.tag(environment, "-lock"))).isEqualTo(404);
      assertThat(runs.builds(environment))
          .allMatch(job -> job.getMetadata().getDeletionTimestamp() != null);
    }
  }

  private static Environment assertOneGoodImage(Runs runs, String name)
      throws IOException, InterruptedException {
    var registry = new NodeRegistry(runs.client());
    TrainingRun run = runs.over(name);
    assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(RunPhase.COMPLETED);
    assertThat(run.getStatus().lastLog()).isEqualTo("0.9.0");
    Environment environment = runs.environment(run);
    assertThat(environment.getStatus().state()).isEqualTo(EnvironmentState.READY);
    assertThat(registry.status(NodeRegistry.image(environment))).isEqualTo(200);
    assertThat(registry.status(runs.tag(environment, "-lock"))).isEqualTo(200);
    assertThat(registry.orphans(runs.namespace())).isEmpty();
    assertThat(runs.unfinishedBuilds(environment)).isEmpty();
    return environment;
  }
}
