package dev.trainyard.e2e.release;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.UpgradeCommand;
import dev.trainyard.testbed.install.Installation;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import org.awaitility.Awaitility;

/** The release that is installed, with the values that it had at first. */
final class Release {
  private static final Duration ROLLOUT = Duration.ofMinutes(3);

  private final KubernetesClient client;
  private final Path kubeconfig =
      Path.of(Objects.requireNonNull(System.getenv("KUBECONFIG"), "KUBECONFIG"));
  private final Path values;

  Release(KubernetesClient client) throws IOException {
    this.client = client;
    values = Files.createTempFile("values", ".yaml");
    Files.writeString(
        values,
        Helm.get(Installation.RELEASE)
            .values()
            .withNamespace(Installation.NAMESPACE)
            .withKubeConfig(kubeconfig)
            .call());
  }

  /** Installs or upgrades with further values, and waits until it is so. */
  void apply(Map<String, Object> further) {
    UpgradeCommand upgrade =
        new Helm(Path.of("..", "helm", "trainyard"))
            .upgrade()
            .withName(Installation.RELEASE)
            .withNamespace(Installation.NAMESPACE)
            .withKubeConfig(kubeconfig)
            .withValuesFile(values)
            .resetValues()
            .install();
    further.forEach(upgrade::set);
    upgrade.call();
    awaitRolledOut("registry");
    awaitRolledOut("operator");
  }

  void uninstall() {
    Helm.uninstall(Installation.RELEASE)
        .withNamespace(Installation.NAMESPACE)
        .withKubeConfig(kubeconfig)
        .call();
    Awaitility.await("the release's pods are gone")
        .atMost(ROLLOUT)
        .until(() ->
            client
                .pods()
                .inNamespace(Installation.NAMESPACE)
                .withLabel("app.kubernetes.io/name", "trainyard")
                .list()
                .getItems()
                .isEmpty());
  }

  /** Ends the pods of a component and waits for others. */
  void restart(String component) {
    client
        .pods()
        .inNamespace(Installation.NAMESPACE)
        .withLabel("app.kubernetes.io/component", component)
        .delete();
    awaitRolledOut(component);
  }

  private void awaitRolledOut(String component) {
    Awaitility.await(component + " is rolled out and what was there before is gone")
        .atMost(ROLLOUT)
        .until(() -> isRolledOut(component));
  }

  private boolean isRolledOut(String component) {
    Deployment found =
        client
            .apps()
            .deployments()
            .inNamespace(Installation.NAMESPACE)
            .withName(Installation.RELEASE + "-" + component)
            .get();
    int pods =
        client
            .pods()
            .inNamespace(Installation.NAMESPACE)
            .withLabel("app.kubernetes.io/component", component)
            .list()
            .getItems()
            .size();
    Integer wanted = found.getSpec().getReplicas();
    return found.getMetadata().getGeneration().equals(found.getStatus().getObservedGeneration())
        && wanted.equals(found.getStatus().getUpdatedReplicas())
        && wanted.equals(found.getStatus().getReadyReplicas())
        && pods == wanted;
  }
}
