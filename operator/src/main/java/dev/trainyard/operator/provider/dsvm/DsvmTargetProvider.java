package dev.trainyard.operator.provider.dsvm;

import dev.trainyard.api.v1alpha1.ComputeTarget;
import dev.trainyard.api.v1alpha1.ComputeTargetStatus;
import dev.trainyard.api.v1alpha1.SshEndpoint;
import dev.trainyard.operator.provider.TargetProvider;
import dev.trainyard.operator.provider.TargetState;
import dev.trainyard.operator.provider.Wakeups;
import dev.trainyard.operator.ssh.SshFailure;
import dev.trainyard.operator.status.Reason;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Looks at attached machines in rounds: all half a minute while one is ready, and sooner, then ever
 * more slowly, while it is not. A change of the target's spec begins anew.
 */
public final class DsvmTargetProvider implements TargetProvider {
  private static final Duration READY_PAUSE = Duration.ofSeconds(30);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(5);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
  private static final TargetState CHECKING =
      new TargetState(
          false,
          Reason.CHECKING,
          "The machine is looked at for the first time.",
          "Updating",
          Map.of());

  private static final TargetState NOT_MADE =
      new TargetState(
          false,
          Reason.TARGET_TYPE_NOT_SUPPORTED,
          "This version of Trainyard does not make machines in Azure (spec.dsvm.provision): the"
              + " target is kept, and runs on it wait. Attach a machine that is there with"
              + " spec.dsvm.attach in a target of its own.",
          "Unsupported",
          Map.of());

  private final MachinePool machines;
  private final Preflight preflight;
  private final Sweep sweep;
  private final Rounds rounds;
  private final Wakeups<ComputeTarget> wakeups = new Wakeups<>("dsvm-machines");
  private final Map<ResourceID, Watched> watched = new ConcurrentHashMap<>();
  private volatile Function<ResourceID, Optional<ComputeTarget>> targets = id -> Optional.empty();
  private volatile Consumer<ResourceID> listener = id -> {};

  DsvmTargetProvider(MachinePool machines, Preflight preflight, Sweep sweep, Rounds rounds) {
    this.machines = machines;
    this.preflight = preflight;
    this.sweep = sweep;
    this.rounds = rounds;
  }

  @Override
  public TargetState observe(ComputeTarget target) {
    SshEndpoint endpoint = endpoint(target);
    if (endpoint == null) {
      return NOT_MADE;
    }
    ResourceID id = ResourceID.fromResource(target);
    String uid = target.getMetadata().getUid();
    Watched now =
        watched.compute(
            id,
            (key, before) ->
                before != null && before.isOf(uid, endpoint)
                    ? before
                    : new Watched(id, uid, endpoint));
    now.cache = CacheSizes.of(target);
    now.begin();
    return now.state;
  }

  /** The state that was seen last, of a target that was looked at. */
  Optional<TargetState> lastSeen(ResourceID target) {
    return Optional.ofNullable(watched.get(target))
        .map(one -> one.state)
        .filter(state -> state != CHECKING);
  }

  /**
   * Where a target is.
   *
   * @param targetUid marks what is made there for it
   * @param gpus how many GPUs were found there
   * @param cache how much of what runs brought there is kept
   */
  record Place(MachinePool.Key machine, String targetUid, int gpus, CacheSizes cache) {}

  /** Where a target is, if it was looked at. */
  Optional<Place> place(ResourceID target) {
    return Optional.ofNullable(watched.get(target))
        .map(one ->
            new Place(
                new MachinePool.Key(one.namespace(), one.endpoint),
                one.uid,
                gpus(one.state),
                one.cache));
  }

  /** How many GPUs were found on a target's machine. */
  static int gpus(TargetState state) {
    return state
        .machine()
        .map(machine -> machine.gpus() == null ? 0 : machine.gpus().size())
        .orElse(0);
  }

  /** Has somebody told of each target that is in another state than before. */
  void tell(Consumer<ResourceID> listener) {
    this.listener = listener;
  }

  /** Has a target looked at, and swept, at once. */
  void hurry(ResourceID target) {
    Optional.ofNullable(watched.get(target)).ifPresent(Watched::hurry);
  }

  @Override
  public List<EventSource<?, ComputeTarget>> eventSources(
      EventSourceContext<ComputeTarget> context) {
    targets = id -> context.getPrimaryCache().get(id);
    return List.of(wakeups);
  }

  private static @Nullable SshEndpoint endpoint(ComputeTarget target) {
    return Objects.requireNonNull(target.getSpec().dsvm(), "the schema asks for it").attach();
  }

  private void forget(Watched one) {
    watched.remove(one.id, one);
    machines.retain(
        watched.values().stream()
            .map(other -> new MachinePool.Key(other.namespace(), other.endpoint))
            .collect(Collectors.toSet()));
  }

  /** A target that is looked at; another spec is another one. */
  private final class Watched {
    private final ResourceID id;
    private final String uid;
    private final SshEndpoint endpoint;
    private volatile TargetState state = CHECKING;
    private volatile CacheSizes cache = CacheSizes.DEFAULT;
    private Rounds.@Nullable Round round;
    private int failures;

    Watched(ResourceID id, String uid, SshEndpoint endpoint) {
      this.id = id;
      this.uid = uid;
      this.endpoint = endpoint;
    }

    boolean isOf(String otherUid, SshEndpoint otherEndpoint) {
      return uid.equals(otherUid) && endpoint.equals(otherEndpoint);
    }

    String namespace() {
      return id.getNamespace().orElse("");
    }

    synchronized void begin() {
      if (round == null) {
        round = rounds.begin(this::look);
      }
    }

    synchronized void hurry() {
      if (round != null) {
        round.hurry();
      }
    }

    private Duration look() throws InterruptedException {
      boolean current =
          targets
              .apply(id)
              .filter(target -> isOf(target.getMetadata().getUid(), endpointOf(target)))
              .isPresent();
      if (!current) {
        forget(this);
        return Duration.ZERO;
      }
      publish(seen());
      failures = state.ready() ? 0 : failures + 1;
      return state.ready() ? READY_PAUSE : pause();
    }

    private TargetState seen() throws InterruptedException {
      Machine machine = machines.machine(new MachinePool.Key(namespace(), endpoint));
      try {
        machine.renew();
        var connection = machine.connection();
        TargetState seen = preflight.look(connection);
        sweep.sweep(connection, uid, cache, seen.reason() != Reason.DOCKER_UNAVAILABLE);
        return seen;
      } catch (SshFailure e) {
        return withMachine(Preflight.unreached(e));
      } catch (MissingSecretException e) {
        return withMachine(Preflight.withoutSecret(e));
      }
    }

    /** What was found on the machine before stays, for whoever looks for it. */
    private TargetState withMachine(TargetState now) {
      Optional<ComputeTargetStatus.Machine> before = state.machine();
      return new TargetState(
          now.ready(),
          now.reason(),
          now.message(),
          now.provisioningState(),
          now.nodeCounts(),
          before,
          now.checks());
    }

    private void publish(TargetState now) {
      boolean same = now.equals(state);
      state = now;
      if (!same) {
        wakeups.wake(id);
        listener.accept(id);
      }
    }

    private Duration pause() {
      Duration pause = FIRST_PAUSE.multipliedBy(Math.min(failures, 12));
      return pause.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : pause;
    }
  }

  private static SshEndpoint endpointOf(ComputeTarget target) {
    return Objects.requireNonNull(endpoint(target));
  }
}
