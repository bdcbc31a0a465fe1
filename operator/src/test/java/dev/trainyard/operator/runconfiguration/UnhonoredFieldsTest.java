package dev.trainyard.operator.runconfiguration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class UnhonoredFieldsTest {

  @Test
  void theSdksFilesNameOnlyWhatTheySay() throws IOException {
    assertThat(of(ConfigurationResolverTest.sdkFile("local"))).containsExactly("paralleltask");
    assertThat(of(ConfigurationResolverTest.sdkFile("mydsvm"))).containsExactly("paralleltask");
  }

  @Test
  void whatIsEmptyFalseOrNullIsNotNamed() {
    assertThat(
            of(
                """
                command: ''
                data: {}
                datacaches: []
                credentialPassthrough: false
                kubernetescompute: {instanceType: null}
                environment: {version: null, docker: {arguments: []}}
                """))
        .isEmpty();
  }

  @Test
  void whatIsSetIsNamedByItsPath() {
    assertThat(
            of(
                """
                command: python train.py
                environment: {docker: {arguments: [--privileged]}}
                amlcompute: {vmSize: STANDARD_D2_V2}
                """))
        .containsExactly("command", "amlcompute.vmSize", "environment.docker.arguments");
  }

  private static java.util.List<String> of(String yaml) {
    return UnhonoredFields.of(ConfigurationResolverTest.configuration(yaml));
  }
}
