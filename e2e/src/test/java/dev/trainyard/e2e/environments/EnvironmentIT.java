package dev.trainyard.e2e.environments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentState;
import dev.trainyard.api.v1alpha1.RunPhase;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.testbed.bare.PackageServer;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvironmentIT {
  private static final String PRINT = "import tabulate; print(tabulate.__version__)";
  private static final String SMALL =
      "{channels: [conda-forge], dependencies: [python=3.11, tabulate]}";

  private static Runs runs;
  private static NodeRegistry registry;

  @BeforeAll
  static void begin() {
    runs = new Runs();
    registry = new NodeRegistry(runs.client());
  }

  @AfterAll
  static void end() {
    runs.close();
  }

  @Test
  void theFirstRunBuildsAndARunWithAnotherScriptUsesWhatIsThere() {
    runs.start("first", PRINT, SMALL);
    TrainingRun first = runs.over("first");
    assertThat(first.getStatus().phase()).as("%s", first.getStatus()).isEqualTo(RunPhase.COMPLETED);
    assertThat(first.getStatus().lastLog()).isEqualTo("0.9.0");
    Environment environment = runs.environment(first);
    assertThat(environment.getStatus().state()).isEqualTo(EnvironmentState.READY);
    assertThat(environment.getStatus().packages())
        .contains("python=3.11.2=h0_cp311", "tabulate=0.9.0=py_0");
    assertThat(environment.getStatus().buildPhases())
        .containsKeys("solve", "install", "compile", "pack", "push")
        .containsEntry("baseBytesDownloaded", "0");

    runs.start(
        "second",
        "import os, sys; print(sys.prefix, os.environ['CONDA_PREFIX'])",
        "{name: other, dependencies: [tabulate, python = 3.11], channels: [conda-forge]}");
    TrainingRun second = runs.over("second");
    assertThat(second.getStatus().phase()).isEqualTo(RunPhase.COMPLETED);
    assertThat(second.getStatus().environment()).isEqualTo(first.getStatus().environment());
    String prefix = "/azureml-envs/azureml_" + environment.getSpec().hash();
    assertThat(second.getStatus().lastLog()).isEqualTo(prefix + " " + prefix);
    assertThat(runs.builds(environment)).hasSize(1);
  }

  @Test
  void aDeletedEnvironmentTakesItsImageWithItAndIsBuiltAnewToTheSameDigest()
      throws IOException, InterruptedException {
    String dependencies = "{channels: [conda-forge], dependencies: [python=3.11, wheel]}";
    runs.start("before", "import wheel; print(wheel.__version__)", dependencies);
    Environment before = runs.environment(runs.over("before"));
    runs.delete(before);
    assertThat(registry.status(NodeRegistry.image(before))).isEqualTo(404);
    runs.start("after", "import wheel; print(wheel.__version__, 2)", dependencies);
    Environment after = runs.environment(runs.over("after"));
    assertThat(after.getStatus().buildPhases()).containsKey("pack");
    assertThat(after.getStatus().image()).isEqualTo(before.getStatus().image());
    assertThat(after.getStatus().lock()).isEqualTo(before.getStatus().lock());
  }

  @Test
  void anEnvironmentWithOneMorePackageHasTheLayersOfTheOther()
      throws IOException, InterruptedException {
    String print = "import six, sys; print(six.__version__, sys.prefix)";
    runs.start("fewer", print, "{channels: [conda-forge], dependencies: [python=3.11, six]}");
    Environment fewer = runs.environment(runs.over("fewer"));
    runs.start(
        "more",
        print.replace("six,", "six, joblib,"),
        "{channels: [conda-forge], dependencies: [python=3.11, six, joblib]}");
    TrainingRun run = runs.over("more");
    assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(RunPhase.COMPLETED);
    Environment more = runs.environment(run);
    assertThat(run.getStatus().lastLog())
        .endsWith("/azureml-envs/azureml_" + more.getSpec().hash());
    var own = new ArrayList<>(registry.layers(more));
    own.removeAll(registry.layers(fewer));
    // The one of joblib, and the one of what belongs to no package.
    assertThat(own).hasSize(2);
    long pushed =
        Long.parseLong(Objects.requireNonNull(more.getStatus().buildPhases()).get("pushedBytes"));
    assertThat(pushed).isLessThan(Objects.requireNonNull(more.getStatus().sizeBytes()) / 5);
  }

  @Test
  void twoRunsAtOnceShareOneBuildWithAPipSection() {
    String dependencies =
        "{channels: [conda-forge], dependencies: [python=3.11, six, {pip: [humanize==4.9.0]}]}";
    runs.start("twin-a", "import humanize; print(humanize.intcomma(1000))", dependencies);
    runs.start("twin-b", "import six, humanize; print(humanize.__file__)", dependencies);
    TrainingRun a = runs.over("twin-a");
    TrainingRun b = runs.over("twin-b");
    assertThat(List.of(a.getStatus().phase(), b.getStatus().phase()))
        .containsOnly(RunPhase.COMPLETED);
    assertThat(a.getStatus().lastLog()).isEqualTo("1,000");
    assertThat(b.getStatus().lastLog()).contains("/site-packages/humanize/");
    assertThat(a.getStatus().environment()).isEqualTo(b.getStatus().environment());
    Environment environment = runs.environment(a);
    assertThat(runs.builds(environment)).hasSize(1);
    assertThat(environment.getStatus().packages()).contains("pip:humanize==4.9.0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "PackageNotFound|No channel has scikit-learm|[python=3.11, scikit-learm]",
        "InvalidDependency|'tabulate>>>3'|[python=3.11, 'tabulate>>>3']",
        "Unsatisfiable|python 3.10|[python=3.10, tabulate]",
        "PipFailed|no-such-distribution|[python=3.11, tabulate, {pip: [no-such-distribution]}]",
      })
  void aFailureIsToldToTheRunInItsOwnWords(String row) {
    String[] parts = row.split("\\|");
    String name = "fails-" + parts[0].toLowerCase(Locale.ROOT);
    runs.start(name, PRINT, "{channels: [conda-forge], dependencies: " + parts[2] + "}");
    TrainingRun run = runs.over(name);
    assertThat(run.getStatus().phase()).isEqualTo(RunPhase.FAILED);
    Condition ready = ready(run.getStatus().conditions());
    assertThat(ready.getReason()).isEqualTo(parts[0]);
    assertThat(ready.getMessage()).contains("could not be built").contains(parts[1]);
    assertThat(runs.environment(run).getStatus().failures()).isEqualTo(1);
  }

  @Test
  void withoutAutoPrepareAMissingEnvironmentFailsAtOnceAndSaysHowToPrepareIt() {
    runs.start(
        "unprepared",
        PRINT,
        "{channels: [conda-forge], dependencies: [python=3.11, setuptools]}",
        "autoPrepareEnvironment: false");
    TrainingRun run = runs.over("unprepared");
    assertThat(ready(run.getStatus().conditions()).getReason()).isEqualTo("EnvironmentNotPrepared");
    assertThat(ready(run.getStatus().conditions()).getMessage())
        .contains("env-")
        .contains("python=3.11, setuptools")
        .contains("trainyard.dev/prepare-environment=true");
  }

  @Test
  void aPasswordOfAChannelOpensItAndShowsNowhere() throws IOException, InterruptedException {
    String mirrors = runs.setting("TRAINYARD_ENVIRONMENT_CHANNELS");
    Matcher mirror = Pattern.compile("http://([0-9.]+):\\d+(?=/channel)").matcher(mirrors);
    assumeThat(mirror.find()).as("the cluster has the testbed's package server").isTrue();
    runs.client()
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName("trainyard-package-credentials")
                .withNamespace(runs.namespace())
                .endMetadata()
                .addToStringData(
                    "netrc",
                    "machine %s login %s password %s\n"
                        .formatted(mirror.group(1), PackageServer.USER, PackageServer.PASSWORD))
                .build())
        .create();
    try (var arguments = new ProcessArguments()) {
      runs.start(
          "private",
          PRINT,
          "{channels: [%1$s/private/channel], dependencies: [python=3.11, tabulate, {pip:"
                  .formatted(mirror.group())
              + " ['--index-url %s/private/simple', '--trusted-host %s', iniconfig]}]}"
                  .formatted(mirror.group(), mirror.group(1)));
      runs.over("private");
      assertThat(arguments.seen())
          .anySatisfy(command -> assertThat(command).contains("trainyard_conda"))
          .anySatisfy(command -> assertThat(command).contains("-m pip install"))
          .noneSatisfy(command -> assertThat(command).contains(PackageServer.PASSWORD));
    }
    TrainingRun run = runs.get("private");
    assertThat(run.getStatus().phase()).as("%s", run.getStatus()).isEqualTo(RunPhase.COMPLETED);
    Environment environment = runs.environment(run);
    assertThat(environment.getStatus().packages()).contains("pip:iniconfig==2.0.0");
    assertThat(everythingToldAbout(run, environment)).doesNotContain(PackageServer.PASSWORD);
    assertThat(runs.operatorLog())
        .contains("Trainyard is up")
        .doesNotContain(PackageServer.PASSWORD);
    assertThat(registry.pushedFor(environment))
        .contains("site-packages/tabulate", "iniconfig==2.0.0", "/private/channel")
        .doesNotContain(PackageServer.PASSWORD);
  }

  @Test
  void aFileOfTheSourceSaysTheSameAsTheConfiguration() {
    runs.startWithFile(
        "from-file", PRINT, "{channels: [conda-forge], dependencies: [python=3.11, six]}");
    runs.start("inline", PRINT, "{dependencies: [six, python=3.11], channels: [conda-forge]}");
    TrainingRun file = runs.over("from-file");
    TrainingRun inline = runs.over("inline");
    assertThat(runs.environment(file).getStatus().packages()).contains("six=1.16.0=py_0");
    assertThat(file.getStatus().environment()).isEqualTo(inline.getStatus().environment());
  }

  private static Condition ready(List<Condition> conditions) {
    return conditions.stream()
        .filter(condition -> condition.getType().equals("Ready"))
        .findFirst()
        .orElseThrow();
  }

  private static String everythingToldAbout(TrainingRun run, Environment environment) {
    var client = runs.client();
    var text = new StringBuilder();
    text.append(Serialization.asYaml(run)).append(Serialization.asYaml(environment));
    text.append(
        Serialization.asYaml(client.v1().events().inNamespace(runs.namespace()).list().getItems()));
    text.append(
        Serialization.asYaml(
            client.batch().v1().jobs().inNamespace(runs.namespace()).list().getItems()));
    var pods =
        client
            .pods()
            .inNamespace(runs.namespace())
            .withLabel("trainyard.dev/environment", environment.getMetadata().getName());
    for (var pod : pods.list().getItems()) {
      text.append(Serialization.asYaml(pod));
      for (String step : List.of("probe", "conda", "finish", "pack")) {
        text.append(
            client.raw(
                "/api/v1/namespaces/%s/pods/%s/log?container=%s"
                    .formatted(runs.namespace(), pod.getMetadata().getName(), step)));
      }
    }
    return text.toString();
  }
}
