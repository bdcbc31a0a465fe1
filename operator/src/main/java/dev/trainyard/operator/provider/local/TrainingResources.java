package dev.trainyard.operator.provider.local;

import dev.trainyard.api.v1alpha1.LocalTarget;
import dev.trainyard.api.v1alpha1.Resources;
import dev.trainyard.operator.provider.RunRequest;
import io.fabric8.kubernetes.api.model.Quantity;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a training container asks for: the run's own wishes, then the target's. */
final class TrainingResources {
  private TrainingResources() {}

  /** Requests, which are the limits as well. */
  static Map<String, Quantity> quantities(RunRequest request, LocalTarget settings) {
    var quantities = new LinkedHashMap<String, Quantity>();
    Resources run = request.resources();
    Resources target = settings.resources();
    put(quantities, "cpu", first(run.cpu(), target == null ? null : target.cpu()));
    put(quantities, "memory", first(run.memory(), target == null ? null : target.memory()));
    int gpus = gpus(request, target);
    if (gpus > 0) {
      String name = settings.gpuResource() == null ? "nvidia.com/gpu" : settings.gpuResource();
      put(quantities, name, Integer.toString(gpus));
    }
    return quantities;
  }

  private static int gpus(RunRequest request, @Nullable Resources target) {
    Integer wished = first(request.resources().gpu(), target == null ? null : target.gpu());
    if (wished != null) {
      return wished;
    }
    return request.configuration().gpuSupport() ? 1 : 0;
  }

  private static void put(Map<String, Quantity> quantities, String name, @Nullable String value) {
    if (value != null) {
      quantities.put(name, Quantity.parse(value));
    }
  }

  private static <T> @Nullable T first(@Nullable T preferred, @Nullable T otherwise) {
    return preferred == null ? otherwise : preferred;
  }
}
