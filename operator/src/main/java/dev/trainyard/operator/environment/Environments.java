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
import java.net.HttpURLConnection;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Makes Environment resources and asks for builds: what runs and configurations do with them. */
public final class Environments {
  private final KubernetesClient client;
  private final Duration unusedAfter;
  private final Clock clock;

  /**
   * @param unusedAfter how long an environment is kept after its last use; zero: for ever
   */
  public Environments(KubernetesClient client, Duration unusedAfter, Clock clock) {
    this.client = client;
    this.unusedAfter = unusedAfter;
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
            new PackageCache(client, settings.environments().cache()),
            new BuildObserver(log, new BuildFailures(log, settings.environments())),
            settings.environments().attempts(),
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
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  /**
   * Says that a run is going to use an environment, so that it does not go in this very moment. One
   * that was used not long ago is safe without it.
   *
   * @return whether it stays; one that is going is made anew
   */
  public boolean claim(Environment environment) {
    if (environment.getMetadata().getDeletionTimestamp() != null) {
      return false;
    }
    Instant now = clock.instant();
    boolean safe =
        unusedAfter.isZero()
            || EnvironmentUses.told(environment)
                .anyMatch(time -> now.isBefore(time.plus(unusedAfter.dividedBy(2))));
    if (safe) {
      return true;
    }
    try {
      return annotate(environment, TrainyardApi.NEEDED_ANNOTATION, now)
              .getMetadata()
              .getDeletionTimestamp()
          == null;
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
      return false;
    }
  }

  /** Asks for another build of an environment that failed or whose image went away. */
  public void requestBuild(Environment environment) {
    try {
      annotate(environment, TrainyardApi.BUILD_ANNOTATION, clock.instant());
    } catch (KubernetesClientException e) {
      // One that went in the meantime is made anew by who needs it.
      if (e.getCode() != HttpURLConnection.HTTP_NOT_FOUND) {
        throw e;
      }
    }
  }

  private Environment annotate(Environment environment, String annotation, Instant time) {
    return client
        .resources(Environment.class)
        .inNamespace(environment.getMetadata().getNamespace())
        .withName(environment.getMetadata().getName())
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"" + annotation + "\":\"" + time + "\"}}}");
  }
}
