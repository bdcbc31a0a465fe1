package dev.trainyard.operator.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.trainyard.operator.status.Reason;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The messages are those of API servers of Kubernetes 1.34. */
class JobRefusalTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "QUOTA_EXCEEDED|Error creating: pods \"a-1-x\" is forbidden: exceeded quota: small,"
            + " requested: memory=1Gi, used: memory=0, limited: memory=256Mi",
        "QUOTA_EXCEEDED|Error creating: pods \"a-1-x\" is forbidden: failed quota: small: must"
            + " specify limits.cpu for: train",
        "POD_SECURITY_VIOLATED|Error creating: pods \"a-1-x\" is forbidden: violates PodSecurity"
            + " \"restricted:latest\": hostPath volumes",
        "ADMISSION_DENIED|Error creating: admission webhook \"w.example.com\" denied the"
            + " request: no",
        "ADMISSION_DENIED|Error creating: Internal error occurred: failed calling webhook"
            + " \"w\": connection refused",
        "ADMISSION_DENIED|Error creating: pods \"a-1-x\" is forbidden: ValidatingAdmissionPolicy 'p'"
            + " with binding 'p' denied request: no",
        "LIMIT_RANGE_VIOLATED|Error creating: pods \"a-1-x\" is forbidden: maximum memory usage per"
            + " Container is 128Mi, but limit is 512Mi",
        "POD_REFUSED|Error creating: pods \"a-1-x\" is forbidden: no PriorityClass with name p"
      })
  void whatAnApiServerSaysIsNamedAndKept(Reason reason, String message) {
    var obstacle = JobRefusal.classify(message);
    assertThat(obstacle.reason()).isEqualTo(reason);
    assertThat(obstacle.message()).contains(message.replace("Error creating: ", ""));
  }
}
