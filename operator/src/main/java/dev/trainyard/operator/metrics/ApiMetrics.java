package dev.trainyard.operator.metrics;

import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Counts requests to the Kubernetes API by method, resource and status code. */
public final class ApiMetrics implements Interceptor {
  private static final String NAME = "trainyard.kubernetes.requests";

  /** Sources: "API URIs" of the Kubernetes API conventions. */
  private static final Pattern RESOURCE =
      Pattern.compile(
          "/(api|apis/[^/]+)/[^/]+(/namespaces/[^/]+)?/(?<resource>[a-z]+)"
              + "(/[^/]+(/(?<subresource>[a-z]+))?)?");

  private final MeterRegistry registry;

  public ApiMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void after(
      HttpRequest request,
      HttpResponse<?> response,
      AsyncBody.Consumer<List<ByteBuffer>> consumer) {
    count(request, Integer.toString(response.code()));
  }

  @Override
  public void afterConnectionFailure(HttpRequest request, Throwable failure) {
    count(request, "none");
  }

  private void count(HttpRequest request, String code) {
    registry
        .counter(
            NAME,
            "method",
            request.method(),
            "resource",
            resource(request.uri().getPath()),
            "code",
            code)
        .increment();
  }

  /**
   * Plural name of the resource in a path, with its subresource: {@code jobs}, {@code
   * trainingruns/status}; {@code none} for what is no resource.
   */
  static String resource(String path) {
    Matcher matcher = RESOURCE.matcher(path);
    if (!matcher.matches()) {
      return "none";
    }
    String subresource = matcher.group("subresource");
    return matcher.group("resource") + (subresource == null ? "" : "/" + subresource);
  }
}
