package dev.trainyard.operator;

import dev.trainyard.api.v1alpha1.ComputeTargetType;
import dev.trainyard.oci.Descriptor;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;
import dev.trainyard.operator.apiserver.HeartbeatClientFactory;
import dev.trainyard.operator.computetarget.ComputeTargetReconciler;
import dev.trainyard.operator.environment.DependencyReader;
import dev.trainyard.operator.environment.EnvironmentPreparation;
import dev.trainyard.operator.environment.Environments;
import dev.trainyard.operator.image.BaseImageSecret;
import dev.trainyard.operator.image.BaseImports;
import dev.trainyard.operator.image.EnvironmentImages;
import dev.trainyard.operator.image.ImageStore;
import dev.trainyard.operator.metrics.ApiMetrics;
import dev.trainyard.operator.metrics.OperatorMetrics;
import dev.trainyard.operator.metrics.ReconcileMetrics;
import dev.trainyard.operator.metrics.RunMetrics;
import dev.trainyard.operator.provider.Providers;
import dev.trainyard.operator.provider.dsvm.Dsvm;
import dev.trainyard.operator.provider.dsvm.EnvironmentSource;
import dev.trainyard.operator.provider.dsvm.LentRegistry;
import dev.trainyard.operator.provider.local.LocalRunProvider;
import dev.trainyard.operator.provider.local.LocalTargetProvider;
import dev.trainyard.operator.runconfiguration.ConfigurationResolver;
import dev.trainyard.operator.runconfiguration.RunConfigurationReconciler;
import dev.trainyard.operator.settings.Settings;
import dev.trainyard.operator.status.Events;
import dev.trainyard.operator.trainingrun.TrainingRuns;
import dev.trainyard.operator.workload.WorkloadCache;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.javaoperatorsdk.operator.Operator;
import io.javaoperatorsdk.operator.OperatorException;
import io.javaoperatorsdk.operator.api.config.ConfigurationServiceOverrider;
import io.javaoperatorsdk.operator.api.config.ControllerConfigurationOverrider;
import io.javaoperatorsdk.operator.api.reconciler.Reconciler;
import io.javaoperatorsdk.operator.processing.retry.GenericRetry;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the operator: in a cluster, or on a laptop against the current kubeconfig. */
public final class Main {
  private static final Logger LOG = LoggerFactory.getLogger(Main.class);
  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LONGEST_RETRY = Duration.ofMinutes(2);
  private static final Duration SHUTDOWN = Duration.ofSeconds(20);

  /**
   * Reconciles at once. Each has at most one request to the API server under way, which takes only
   * some 100 to 250 on one connection and fails those beyond it.
   */
  private static final int RECONCILES = 64;

  private final Settings settings;
  private final OperatorMetrics metrics = new OperatorMetrics();
  private final KubernetesClient client =
      new KubernetesClientBuilder()
          .withHttpClientFactory(new HeartbeatClientFactory())
          .withHttpClientBuilderConsumer(
              http -> http.addOrReplaceInterceptor("metrics", new ApiMetrics(metrics.registry())))
          .build();
  private final Optional<Leadership> leadership;
  private final Dsvm dsvm;
  private final AtomicBoolean ready = new AtomicBoolean();

  private Main(Settings settings) {
    this.settings = settings;
    this.leadership =
        settings
            .leaseNamespace()
            .map(namespace -> new Leadership(client, namespace, settings.identity()));
    var images = new ImageStore(settings);
    this.dsvm =
        new Dsvm(
            client,
            new LentRegistry(
                settings.registryPush(), settings.registryInsecure(), images::ownCredentials),
            images::readSnapshot,
            environments(images.environments()),
            Clock.systemUTC());
  }

  private static EnvironmentSource environments(EnvironmentImages images) {
    return new EnvironmentSource() {
      @Override
      public List<Descriptor> layers(String namespace, String image) throws RegistryException {
        return images.layers(namespace, image);
      }

      @Override
      public InputStream open(String namespace, Digest layer) throws RegistryException {
        return images.open(namespace, layer);
      }
    };
  }

  public static void main(String[] arguments) throws IOException {
    Settings settings;
    try {
      settings = Settings.from(System.getenv());
    } catch (Settings.InvalidSettingsException e) {
      LOG.error("{}", e.getMessage());
      System.exit(2);
      return;
    }
    new Main(settings).start();
  }

  private void start() throws IOException {
    var operator = operator();
    var health = new Health(settings.httpPort(), ready::get, metrics::scrape);
    Runtime.getRuntime()
        .addShutdownHook(Thread.ofPlatform().unstarted(() -> stop(operator, health)));
    try {
      operator.start();
    } catch (OperatorException e) {
      LOG.error("The operator cannot start", e);
      // The health server would keep a process alive that does nothing.
      Runtime.getRuntime().halt(1);
    }
    ready.set(true);
    LOG.info(
        "Trainyard is up: watching {}, pushing to {}, nodes pull from {}",
        settings.watchNamespaces().isEmpty() ? "all namespaces" : settings.watchNamespaces(),
        settings.registryPush(),
        settings.registryPull());
  }

  /** Lets what is under way come to its end, then hands over. */
  private void stop(Operator operator, Health health) {
    ready.set(false);
    leadership.ifPresent(Leadership::stopping);
    operator.stop();
    leadership.ifPresent(Leadership::release);
    dsvm.close();
    client.close();
    health.close();
    metrics.close();
  }

  private Operator operator() {
    var clock = Clock.systemUTC();
    var events = new Events(client, clock);
    var resolver = new ConfigurationResolver(settings.defaultBaseImage());
    var workloads = new WorkloadCache();
    var images = new ImageStore(settings);
    var imports = new BaseImports(images);
    var runMetrics = new RunMetrics(metrics.registry());
    var providers =
        new Providers(
            Map.of(
                ComputeTargetType.LOCAL,
                new Providers.Provider(
                    new LocalTargetProvider(),
                    new LocalRunProvider(client, workloads, settings, clock)),
                ComputeTargetType.DSVM,
                dsvm.provider()));
    var operator = new Operator(this::configure);
    register(operator, new ComputeTargetReconciler(providers, events, clock));
    register(
        operator,
        new RunConfigurationReconciler(
            resolver,
            new EnvironmentPreparation(
                images,
                imports,
                new BaseImageSecret(client),
                new Environments(client, settings.environments().unusedAfter(), clock)),
            new DependencyReader(settings.environments().defaultChannels()),
            clock));
    register(operator, Environments.reconciler(client, settings, images, events, clock));
    register(
        operator,
        TrainingRuns.reconciler(
            client,
            settings,
            images,
            imports,
            providers,
            workloads,
            resolver,
            events,
            runMetrics,
            clock));
    return operator;
  }

  private void configure(ConfigurationServiceOverrider overrider) {
    overrider
        .withKubernetesClient(client)
        // The lease is given back after the last reconcile.
        .withCloseClientOnStop(false)
        .withExecutorService(
            Executors.newFixedThreadPool(
                RECONCILES, Thread.ofVirtual().name("reconcile-", 0).factory()))
        .withReconciliationTerminationTimeout(SHUTDOWN)
        .withStopOnInformerErrorDuringStartup(false)
        .withMetrics(new ReconcileMetrics(metrics.registry()))
        .withUseSSAToPatchPrimaryResource(true);
    leadership.map(Leadership::configuration).ifPresent(overrider::withLeaderElectionConfiguration);
  }

  private <P extends HasMetadata> void register(Operator operator, Reconciler<P> reconciler) {
    operator.register(reconciler, overrides());
  }

  /** Retries for ever, ever more slowly: giving up would leave a run behind. */
  private <P extends HasMetadata> Consumer<ControllerConfigurationOverrider<P>> overrides() {
    return overrider -> {
      overrider
          .withRetry(
              new GenericRetry()
                  .setInitialInterval(FIRST_RETRY.toMillis())
                  .setMaxInterval(LONGEST_RETRY.toMillis())
                  .setIntervalMultiplier(2)
                  .setMaxAttempts(-1))
          .withReconciliationMaxInterval(Duration.ofMinutes(10));
      if (!settings.watchNamespaces().isEmpty()) {
        overrider.settingNamespaces(settings.watchNamespaces());
      }
    };
  }
}
