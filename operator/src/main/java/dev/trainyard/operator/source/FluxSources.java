package dev.trainyard.operator.source;

import dev.trainyard.api.v1alpha1.Source;
import dev.trainyard.api.v1alpha1.TrainingRun;
import dev.trainyard.operator.status.Reason;
import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.net.HttpURLConnection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The Flux sources that runs name. Clusters without Flux do not have these kinds, so that nothing
 * is watched before a run waits for one; from then on a change wakes the runs that wait for it.
 */
final class FluxSources {
  private static final String GROUP = "source.toolkit.fluxcd.io";
  private static final String VERSION = "v1";

  private final KubernetesClient client;
  private final Set<String> watchNamespaces;
  private final SimpleInboundEventSource<TrainingRun> wakeUps =
      new SimpleInboundEventSource<>("flux");
  private final Map<String, SharedIndexInformer<GenericKubernetesResource>> watches =
      new HashMap<>();
  private Function<String, Stream<TrainingRun>> runs = namespace -> Stream.empty();

  /**
   * @param watchNamespaces namespaces that are looked after; empty: all
   */
  FluxSources(KubernetesClient client, Set<String> watchNamespaces) {
    this.client = client;
    this.watchNamespaces = watchNamespaces;
  }

  /** Gives it its view of the runs; called once, when the controller starts. */
  EventSource<?, TrainingRun> start(Function<String, Stream<TrainingRun>> runsOfNamespace) {
    runs = runsOfNamespace;
    return wakeUps;
  }

  /** Looks a source of that namespace up, and watches it when it has no artifact yet. */
  FluxArtifact artifact(String namespace, Source.Flux source) {
    GenericKubernetesResource object =
        client
            .genericKubernetesResources(kind(source.kind()))
            .inNamespace(namespace)
            .withName(source.name())
            .get();
    if (object == null) {
      return absent(namespace, source);
    }
    FluxArtifact artifact = FluxArtifact.of(source, object);
    if (artifact instanceof FluxArtifact.NotReady) {
      watch(namespace, source.kind());
    }
    return artifact;
  }

  private FluxArtifact absent(String namespace, Source.Flux source) {
    if (!isServed(source.kind())) {
      return new FluxArtifact.NotReady(
          Reason.FLUX_NOT_INSTALLED,
          "source.flux names a "
              + source.kind()
              + ", and this cluster has no such kind in "
              + GROUP
              + "/"
              + VERSION
              + ": install Flux 2.6 or newer, or choose another kind of source; the run goes on by"
              + " itself.");
    }
    watch(namespace, source.kind());
    return new FluxArtifact.NotReady(
        Reason.FLUX_SOURCE_NOT_FOUND,
        "source.flux names the "
            + source.kind()
            + " "
            + source.name()
            + ", which does not exist in namespace "
            + namespace
            + ": create it; the run goes on by itself.");
  }

  private boolean isServed(Source.FluxKind kind) {
    APIResourceList served = client.getApiResources(GROUP + "/" + VERSION);
    return served != null
        && served.getResources().stream().anyMatch(r -> r.getName().equals(kind.plural()));
  }

  private synchronized void watch(String namespace, Source.FluxKind kind) {
    String scope = watchNamespaces.isEmpty() ? "" : namespace;
    String key = kind + "/" + scope;
    if (watches.containsKey(key)) {
      return;
    }
    var objects = client.genericKubernetesResources(kind(kind));
    SharedIndexInformer<GenericKubernetesResource> informer =
        (scope.isEmpty() ? objects.inAnyNamespace() : objects.inNamespace(scope))
            .runnableInformer(0);
    watches.put(key, informer);
    informer.addEventHandler(new Waker(kind));
    // Whoever takes Flux out of the cluster takes the kind away too.
    informer.exceptionHandler((started, cause) -> !isGone(cause));
    informer.stopped().whenComplete((stopped, failure) -> forget(key));
    informer.start();
  }

  private synchronized void forget(String key) {
    watches.remove(key);
  }

  private static boolean isGone(Throwable cause) {
    return cause instanceof KubernetesClientException e
        && e.getCode() == HttpURLConnection.HTTP_NOT_FOUND;
  }

  private static ResourceDefinitionContext kind(Source.FluxKind kind) {
    return new ResourceDefinitionContext.Builder()
        .withGroup(GROUP)
        .withVersion(VERSION)
        .withKind(kind.toString())
        .withPlural(kind.plural())
        .withNamespaced(true)
        .build();
  }

  /** Wakes the runs that name what has changed, as long as they have no snapshot. */
  private final class Waker implements ResourceEventHandler<GenericKubernetesResource> {
    private final Source.FluxKind kind;

    Waker(Source.FluxKind kind) {
      this.kind = kind;
    }

    @Override
    public void onAdd(GenericKubernetesResource object) {
      wake(object);
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource object) {
      wake(object);
    }

    @Override
    public void onDelete(GenericKubernetesResource object, boolean stateUnknown) {
      // A run that waits for it looks again by itself.
    }

    private void wake(GenericKubernetesResource object) {
      runs.apply(object.getMetadata().getNamespace())
          .filter(FluxSources::waits)
          .filter(run -> names(run, object.getMetadata().getName()))
          .map(ResourceID::fromResource)
          .forEach(wakeUps::propagateEvent);
    }

    private boolean names(TrainingRun run, String name) {
      Source.Flux source = run.getSpec().source().flux();
      return source != null && source.kind() == kind && source.name().equals(name);
    }
  }

  private static boolean waits(TrainingRun run) {
    return run.getStatus() == null
        || (run.getStatus().snapshot() == null
            && (run.getStatus().phase() == null || !run.getStatus().phase().isTerminal()));
  }
}
