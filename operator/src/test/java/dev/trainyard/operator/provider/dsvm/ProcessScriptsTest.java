package dev.trainyard.operator.provider.dsvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that are sent to machines, run by this one's sh. */
class ProcessScriptsTest {
  private static final String NAME = "run-1";

  @TempDir private Path home = Path.of("");
  private Path folder = Path.of("");

  @BeforeEach
  void begin() throws IOException, InterruptedException {
    folder = home.resolve(".trainyard/runs").resolve(NAME);
    Files.createDirectories(folder);
    Path source = Files.createDirectories(home.resolve("tree/azureml-run"));
    Files.writeString(source.resolve("train.sh"), "echo never used\n");
    run("sh", "-c", "tar -czf \"$1\" -C tree azureml-run", "sh", folder + "/snapshot.tar.gz");
    Files.writeString(folder.resolve("directories"), "logs\0outputs\0");
    Files.writeString(folder.resolve("deadline"), "0");
    Files.writeString(folder.resolve("supervise"), ProcessScripts.SUPERVISE);
  }

  @Test
  void theDirectoriesAreThereBeforeTheScriptBegins() throws Exception {
    supervise("echo begun; echo 0.5 > outputs/weights; ls -d outputs logs; exit 3");
    assertThat(Files.readString(folder.resolve("exit")).strip()).isEqualTo("3");
    assertThat(script(ProcessScripts.OUTPUT, "1000")).isEqualTo("begun\nlogs\noutputs\n");
    assertThat(script(ProcessScripts.OUTPUT, "3")).isEqualTo("beg");
    assertThat(script(ProcessScripts.DIRECTORIES)).isEqualTo("logs\0outputs\0");
    assertThat(tar("outputs")).containsExactly("./outputs/", "./outputs/weights");
  }

  @Test
  void ofAnOutputWithoutEndTheNewestIsKeptAndNoMore() throws Exception {
    supervise("yes 0123456789 | head -c 100000000; echo; echo the end");
    assertThat(Files.readString(folder.resolve("exit")).strip()).isEqualTo("0");
    long kept = Files.size(folder.resolve("output")) + Files.size(folder.resolve("output.1"));
    assertThat(kept).isBetween(32L << 20, 64L << 20);
    assertThat(script(ProcessScripts.OUTPUT, "134217728"))
        .hasSize((int) kept)
        .endsWith("the end\n");
  }

  @Test
  void aScriptThatIsAskedToEndSaysItsLastAndItsExitCodeIsOnRecord() throws Exception {
    Process supervisor =
        start(
            "trap 'echo saved > outputs/checkpoint; echo saved; exit 5' TERM; echo begun; sleep 60 & wait");
    org.awaitility.Awaitility.await()
        .until(() ->
            Files.exists(folder.resolve("output"))
                && Files.readString(folder.resolve("output")).contains("begun"));
    script(ProcessScripts.STOP);
    assertThat(supervisor.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(script(ProcessScripts.OUTPUT, "1000")).isEqualTo("begun\nsaved\n");
    assertThat(Files.readString(folder.resolve("exit")).strip()).isEqualTo("5");
  }

  @Test
  void aProcessThatTheScriptLeavesBehindDoesNotKeepItsEnd() throws Exception {
    Process supervisor = start("sleep 61 & echo done");
    org.awaitility.Awaitility.await().until(() -> Files.exists(folder.resolve("exit")));
    assertThat(script(ProcessScripts.OUTPUT, "1000")).isEqualTo("done\n");
    script(ProcessScripts.STOP);
    assertThat(supervisor.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void linksAreNotFollowedOutOfTheWorkingDirectory() throws Exception {
    Path secret = Files.createDirectories(home.resolve("secret/inner"));
    Files.writeString(secret.resolve("key"), "canary");
    supervise(
        "rm -r outputs; ln -s "
            + home.resolve("secret")
            + " outputs; echo x > logs/x; ln logs/x logs/y; ln -s ../../../exit logs/z");
    assertThat(tar("outputs")).as("the link itself").containsExactly("./outputs");
    assertThat(tar("outputs/inner")).isEmpty();
    assertThat(tar("../../owner")).isEmpty();
    assertThat(tar("logs")).containsExactly("./logs/", "./logs/x", "./logs/y", "./logs/z");
    Files.delete(folder.resolve("output"));
    Files.createSymbolicLink(folder.resolve("output"), secret.resolve("key"));
    assertThat(script(ProcessScripts.OUTPUT, "1000")).isEmpty();
  }

  private void supervise(String script) throws Exception {
    Process supervisor = start(script);
    assertThat(supervisor.waitFor(60, TimeUnit.SECONDS)).isTrue();
  }

  private Process start(String script) throws IOException {
    Files.writeString(folder.resolve("words"), "A=b\0sh\0-c\0" + script + "\0");
    return builder("setsid", "--wait", "sh", folder + "/supervise", NAME)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("trouble").toFile())
        .start();
  }

  private String script(String text, String... words) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("sh", "-c", text, "trainyard", NAME));
    command.addAll(List.of(words));
    return new String(run(command.toArray(String[]::new)), StandardCharsets.UTF_8);
  }

  private List<String> tar(String path) throws IOException, InterruptedException {
    byte[] bytes = run("sh", "-c", ProcessScripts.TAR, "trainyard", NAME, path);
    var names = new ArrayList<String>();
    try (var tar = new TarArchiveInputStream(new java.io.ByteArrayInputStream(bytes))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        names.add(entry.getName());
      }
    }
    return names;
  }

  private byte[] run(String... words) throws IOException, InterruptedException {
    Process process = builder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (InputStream out = process.getInputStream()) {
      byte[] bytes = out.readAllBytes();
      process.waitFor();
      return bytes;
    }
  }

  private ProcessBuilder builder(String... words) {
    var builder = new ProcessBuilder(words).directory(new File(home.toString()));
    builder.environment().put("HOME", home.toString());
    return builder;
  }
}
