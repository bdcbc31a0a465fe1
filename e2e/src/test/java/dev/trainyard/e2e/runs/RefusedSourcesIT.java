package dev.trainyard.e2e.runs;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Isolated;

/** What the chart's settings do not allow, as long as no other test has changed them. */
@ExtendWith(YardExtension.class)
@Isolated("depends on settings of the operator that others change")
class RefusedSourcesIT {
  private final Yard yard;

  RefusedSourcesIT(Yard yard) {
    this.yard = yard;
  }

  @Test
  void aGitServerOverHttpOrAtAPrivateAddressIsNotAllowedUnlessAnAdministratorSaysSo() {
    Run plain = git("plain-http", "http://git.example.com/repository.git");
    Run inside = git("private-address", "https://10.0.0.1/repository.git");
    plain.awaitReason("UrlNotAllowed");
    assertThat(plain.message()).contains("http://").contains("allowInsecureSources");
    inside.awaitReason("UrlNotAllowed");
    assertThat(inside.message()).contains("10.0.0.1").contains("allowInsecureSources");
  }

  private Run git(String name, String url) {
    return yard.run(
        name,
        """
        script: train.py
        source: {git: {url: "%s"}}
        runConfiguration: {environment: {python: {userManagedDependencies: true}}}
        """
            .formatted(url));
  }
}
