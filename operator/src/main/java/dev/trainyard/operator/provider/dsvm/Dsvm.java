package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.operator.provider.Providers;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.time.Clock;

/** Puts both sides of this kind of compute together. */
public final class Dsvm implements AutoCloseable {
  private final MachinePool machines;
  private final Rounds rounds = new Rounds();
  private final Providers.Provider provider;

  /**
   * @param client reads the Secrets with logins
   * @param registry where machines pull run images from
   * @param snapshots what runs without Docker get their source from
   * @param environments what they get their conda environments from
   */
  public Dsvm(
      KubernetesClient client,
      LentRegistry registry,
      SnapshotSource snapshots,
      EnvironmentSource environments,
      Clock clock) {
    machines = new MachinePool(client);
    var gpus = new GpuSlots();
    var cache = new ImageCache();
    var runs = new Runs();
    var targets =
        new DsvmTargetProvider(machines, new Preflight(clock), new Sweep(runs, cache), rounds);
    provider =
        new Providers.Provider(
            targets,
            new DsvmRunProvider(
                targets,
                machines,
                rounds,
                runs,
                new Executions(
                    new Containers(new ImagePull(registry, cache), cache, gpus),
                    new Processes(snapshots, new UnpackedEnvironments(environments), gpus))));
  }

  public Providers.Provider provider() {
    return provider;
  }

  @Override
  public void close() {
    rounds.close();
    machines.close();
  }
}
