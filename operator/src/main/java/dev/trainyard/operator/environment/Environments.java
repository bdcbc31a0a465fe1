package dev.trainyard.operator.environment;

import dev.trainyard.api.v1alpha1.Environment;
import dev.trainyard.api.v1alpha1.EnvironmentSpec;
import dev.trainyard.api.v1alpha1.TrainyardApi;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.settings.Settings;
import dev.trainyard.operator.status.Events;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.time.Clock;

/** Makes Environment resources and asks for builds: what runs and configurations do with them. */
public final class Environments {
  private static final int CONFLICT = 409;

  private final KubernetesClient client;
  private final Clock clock;

  public Environments(KubernetesClient client, Clock clock) {
    this.client = client;
    this.clock = clock;
  }

  /** Puts the reconciler of environments together. */
  public static EnvironmentReconciler reconciler(
      KubernetesClient client, Settings settings, ImageStore store, Events events, Clock clock) {
    var watches = new EnvironmentWatches();
    var log = new BuildLog(client);
    var build =
        new Build(
            client,
            store.environments(),
            watches,
            new BuildJob(settings, store),
            new BuildObserver(log, new BuildFailures(log, settings.environments())),
            clock);
    return new EnvironmentReconciler(
        client,
        store.environments(),
        watches,
        build,
        new EnvironmentUses(watches, settings.environments().unusedAfter(), clock),
        events,
        clock);
  }

  /** Makes the environment unless it is there: who comes second shares the first one's build. */
  public void ensure(String namespace, EnvironmentSpec spec) {
    var environment = new Environment();
    environment.setMetadata(
        new ObjectMetaBuilder()
            .withName(EnvironmentIdentity.name(spec))
            .withNamespace(namespace)
            .addToLabels("app.kubernetes.io/managed-by", "trainyard")
            .build());
    environment.setSpec(spec);
    try {
      client.resource(environment).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != CONFLICT) {
        throw e;
      }
    }
  }

  /** Asks for another build of an environment that failed or whose image went away. */
  public void requestBuild(Environment environment) {
    client
        .resources(Environment.class)
        .inNamespace(environment.getMetadata().getNamespace())
        .withName(environment.getMetadata().getName())
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\""
                + TrainyardApi.BUILD_ANNOTATION
                + "\":\""
                + clock.instant()
                + "\"}}}");
  }
}
