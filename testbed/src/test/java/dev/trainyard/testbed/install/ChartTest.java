package dev.trainyard.testbed.install;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The chart as Helm renders it; that it works is shown by every test on a cluster. */
class ChartTest {
  private static final Path CHART = Path.of("..", "helm", "trainyard");

  @Test
  void everyPodPassesPodSecurityRestricted() {
    List<Deployment> deployments = of(Deployment.class, Map.of()).toList();
    assertThat(deployments).hasSize(2);
    for (Deployment deployment : deployments) {
      PodSpec pod = deployment.getSpec().getTemplate().getSpec();
      assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
      assertThat(pod.getSecurityContext().getSeccompProfile().getType())
          .isEqualTo("RuntimeDefault");
      for (Container container : pod.getContainers()) {
        assertThat(container.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
        assertThat(container.getSecurityContext().getCapabilities().getDrop())
            .containsExactly("ALL");
        assertThat(container.getResources().getRequests()).containsKeys("cpu", "memory");
        assertThat(container.getResources().getLimits()).containsKey("memory");
        assertThat(container.getReadinessProbe()).isNotNull();
        assertThat(container.getLivenessProbe()).isNotNull();
      }
    }
  }

  @Test
  void noRuleHasAWildcard() {
    assertThat(rules(Map.of()))
        .isNotEmpty()
        .allSatisfy(rule -> {
          assertThat(rule.getApiGroups()).doesNotContain("*");
          assertThat(rule.getResources()).doesNotContain("*");
          assertThat(rule.getVerbs()).doesNotContain("*");
        });
  }

  @Test
  void secretsAreReadOneByOneAndNeverListed() {
    assertThat(rules(Map.of()).stream().filter(rule -> rule.getResources().contains("secrets")))
        .isNotEmpty()
        .allSatisfy(rule -> assertThat(rule.getVerbs()).doesNotContain("list", "watch"));
  }

  @Test
  void namedNamespacesNeedNoClusterWideRights() {
    Map<String, Object> values = Map.of("watchNamespaces[0]", "team-a", "watchNamespaces[1]", "b");
    assertThat(of(ClusterRole.class, values)).isEmpty();
    assertThat(of(Role.class, values).map(role -> role.getMetadata().getNamespace()))
        .contains("team-a", "b");
    assertThat(environment(values)).containsEntry("TRAINYARD_WATCH_NAMESPACES", "team-a,b");
  }

  @Test
  void withoutTheEmbeddedRegistryOneHasToBeNamed() {
    assertThatThrownBy(() -> render(Map.of("registry.embedded.enabled", false)))
        .hasMessageContaining("No registry: set registry.push");
  }

  @Test
  void anExternalRegistryIsUsedInPlaceOfTheEmbeddedOne() {
    Map<String, Object> values =
        Map.of(
            "registry.embedded.enabled", false,
            "registry.push", "registry.example.com",
            "registry.credentialsSecret", "pull");
    assertThat(environment(values))
        .containsEntry("TRAINYARD_REGISTRY_PUSH", "registry.example.com")
        .containsEntry("TRAINYARD_REGISTRY_PULL", "registry.example.com")
        .containsEntry("TRAINYARD_REGISTRY_SECRET", "pull")
        .containsEntry("TRAINYARD_REGISTRY_INSECURE", "false");
    assertThat(of(Deployment.class, values)).hasSize(1);
  }

  @Test
  void mirrorsOfSeveralRegistriesAreOneSetting() {
    assertThat(
            environment(
                Map.of(
                    "registry.mirrors.docker\\.io", "http://10.0.0.1:5000",
                    "registry.mirrors.quay\\.io", "http://10.0.0.2:5000")))
        .containsEntry(
            "TRAINYARD_REGISTRY_MIRRORS",
            "docker.io=http://10.0.0.1:5000,quay.io=http://10.0.0.2:5000");
  }

  @Test
  void authoritiesAndProxyOfRegistriesAreToldToTheOperator() {
    String authority = "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n";
    assertThat(
            environment(
                Map.of(
                    "registry.authorities", authority,
                    "registry.proxy.url", "http://proxy:3128",
                    "registry.proxy.noProxy", ".svc")))
        .containsEntry("TRAINYARD_REGISTRY_AUTHORITIES", authority)
        .containsEntry("TRAINYARD_REGISTRY_PROXY", "http://proxy:3128")
        .containsEntry("TRAINYARD_REGISTRY_NO_PROXY", ".svc");
    assertThat(environment(Map.of())).doesNotContainKey("TRAINYARD_REGISTRY_PROXY");
  }

  @Test
  void aDigestTakesThePlaceOfTheTag() {
    String digest = "sha256:" + "a".repeat(64);
    assertThat(
            of(Deployment.class, Map.of("image.operator.digest", digest))
                .map(
                    d -> d.getSpec().getTemplate().getSpec().getContainers().getFirst().getImage()))
        .contains("ghcr.io/trainyard/operator@" + digest);
  }

  @Test
  void severalReplicasHaveABudgetForDisruptionsAndOneHasNone() {
    assertThat(of(PodDisruptionBudget.class, Map.of())).isEmpty();
    assertThat(of(PodDisruptionBudget.class, Map.of("replicas", 2))).hasSize(1);
  }

  @Test
  void networkPoliciesCoverTheOperatorAndTheRegistryWhenAskedFor() {
    assertThat(of(NetworkPolicy.class, Map.of())).isEmpty();
    assertThat(of(NetworkPolicy.class, Map.of("networkPolicy.enabled", true))).hasSize(2);
  }

  @Test
  void aValueThatDoesNotExistIsRefused() {
    assertThatThrownBy(() -> render(Map.of("registry.embeded.enabled", false)))
        .hasMessageContaining("embeded");
  }

  private static Map<String, String> environment(Map<String, Object> values) {
    return of(Deployment.class, values)
        .filter(deployment -> deployment.getMetadata().getName().endsWith("-operator"))
        .flatMap(
            d -> d.getSpec().getTemplate().getSpec().getContainers().getFirst().getEnv().stream())
        .filter(variable -> variable.getValue() != null)
        .collect(Collectors.toMap(EnvVar::getName, EnvVar::getValue));
  }

  private static List<PolicyRule> rules(Map<String, Object> values) {
    return Stream.concat(
            of(ClusterRole.class, values).flatMap(role -> role.getRules().stream()),
            of(Role.class, values).flatMap(role -> role.getRules().stream()))
        .toList();
  }

  private static <T> Stream<T> of(Class<T> kind, Map<String, Object> values) {
    return render(values).stream().filter(kind::isInstance).map(kind::cast);
  }

  private static List<HasMetadata> render(Map<String, Object> values) {
    var template =
        new Helm(CHART)
            .template()
            .withName("trainyard")
            .withNamespace("trainyard-system")
            .withKubeVersion("1.34.4");
    values.forEach(template::set);
    return Stream.of(template.call().split("(?m)^---.*$"))
        .filter(text -> text.contains("kind:"))
        .map(text -> (Object) Serialization.unmarshal(text))
        .filter(HasMetadata.class::isInstance)
        .map(HasMetadata.class::cast)
        .toList();
  }
}
