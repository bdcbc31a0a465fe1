package dev.trainyard.operator.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiMetricsTest {

  @ParameterizedTest
  @CsvSource({
    "/api/v1/pods, pods",
    "/api/v1/namespaces/ml/pods, pods",
    "/api/v1/namespaces/ml/pods/train-1/log, pods/log",
    "/api/v1/namespaces/ml, namespaces",
    "/apis/batch/v1/namespaces/ml/jobs/train-1, jobs",
    "/apis/trainyard.dev/v1alpha1/namespaces/ml/trainingruns/diabetes/status, trainingruns/status",
    "/apis/coordination.k8s.io/v1/namespaces/trainyard-system/leases/trainyard, leases",
    "/version, none",
    "/apis/batch/v1, none",
  })
  void aRequestIsCountedForItsResource(String path, String resource) {
    assertThat(ApiMetrics.resource(path)).isEqualTo(resource);
  }
}
