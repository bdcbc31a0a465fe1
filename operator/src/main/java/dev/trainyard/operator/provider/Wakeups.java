package dev.trainyard.operator.provider;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import java.util.Set;

/** Wakes resources because of what a provider found out about them. Has no resources of its own. */
public final class Wakeups<P extends HasMetadata> extends AbstractEventSource<Void, P> {

  public Wakeups(String name) {
    super(Void.class, name);
  }

  /** Has the resource reconciled soon; nothing happens while the controller does not run. */
  public void wake(ResourceID resource) {
    if (isRunning()) {
      getEventHandler().handleEvent(new Event(resource));
    }
  }

  @Override
  public Set<Void> getSecondaryResources(P primary) {
    return Set.of();
  }
}
