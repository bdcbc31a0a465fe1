package dev.trainyard.builder.environment;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.trainyard.oci.Digest;
import dev.trainyard.oci.RegistryException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class EnvironmentImageTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path PREFIX = Path.of("/azureml-envs/azureml_1");
  private static final Digest DIFF_ID = Digest.of("layer".getBytes(StandardCharsets.UTF_8));
  private static final PrefixLayer LAYER =
      new PrefixLayer(Optional.empty(), DIFF_ID, Digest.of(new byte[0]), 0);

  @Test
  void theEnvironmentComesFirstInThePathsOfTheBase() throws IOException, RegistryException {
    JsonNode config =
        config(
            """
            {"config": {"Env": ["PATH=/opt/bin:/bin", "LD_LIBRARY_PATH=/usr/local/cuda/lib64",
             "LANG=C.UTF-8"], "User": "1000"},
             "rootfs": {"type": "layers", "diff_ids": ["sha256:0"]}, "history": [{}]}
            """);
    assertThat(config.at("/config/Env"))
        .extracting(JsonNode::asText)
        .containsExactly(
            "PATH=/azureml-envs/azureml_1/bin:/opt/bin:/bin",
            "LD_LIBRARY_PATH=/azureml-envs/azureml_1/lib:/usr/local/cuda/lib64",
            "LANG=C.UTF-8",
            "CONDA_PREFIX=/azureml-envs/azureml_1",
            "CONDA_DEFAULT_ENV=/azureml-envs/azureml_1",
            "AZUREML_CONDA_ENVIRONMENT_PATH=/azureml-envs/azureml_1");
    assertThat(config.at("/config/User").asText()).isEqualTo("1000");
    assertThat(config.at("/rootfs/diff_ids"))
        .extracting(JsonNode::asText)
        .containsExactly("sha256:0", DIFF_ID.text());
    assertThat(config.at("/history")).hasSize(2);
  }

  @Test
  void aBaseWithoutVariablesGetsTheUsualPath() throws IOException, RegistryException {
    JsonNode config = config("{\"rootfs\": {\"type\": \"layers\", \"diff_ids\": []}}");
    assertThat(config.at("/config/Env/0").asText())
        .isEqualTo(
            "PATH=/azureml-envs/azureml_1/bin"
                + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    assertThat(config.has("history")).isFalse();
  }

  private static JsonNode config(String base) throws IOException, RegistryException {
    return JSON.readTree(EnvironmentImage.config(JSON.readTree(base), PREFIX, List.of(LAYER)));
  }
}
