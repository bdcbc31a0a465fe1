package dev.trainyard.operator.apiserver;

import io.fabric8.kubernetes.client.jdkhttp.JdkHttpClientFactory;
import java.net.http.HttpClient;
import java.time.Duration;

/**
 * The JDK's HTTP client for the Kubernetes client, with watches that cannot die unnoticed: see
 * {@link Heartbeat}.
 */
public final class HeartbeatClientFactory extends JdkHttpClientFactory {
  /** A dead watch is noticed within twice this time. */
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  @Override
  protected HttpClient.Builder createNewHttpClientBuilder() {
    return new HeartbeatClientBuilder(super.createNewHttpClientBuilder(), INTERVAL);
  }
}
