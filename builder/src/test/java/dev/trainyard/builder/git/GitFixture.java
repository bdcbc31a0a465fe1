package dev.trainyard.builder.git;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Repositories below one directory, made by the real git. */
public final class GitFixture {
  private static final String SCRIPT =
      """
      git init -q --bare -b main sample.git
      git init -q --bare -b main none.git
      git init -q -b main work && cd work
      git remote add origin ../sample.git
      mkdir -p src/deep naïve
      echo 'print("old")' > src/train.py
      git add -A && git commit -qm old && git rev-parse HEAD > ../old
      echo 'print("new")' > src/train.py
      printf '#!/bin/sh\\n' > run.sh && chmod 755 run.sh
      echo 'name: x' > src/conda.yml
      echo '*.log' > .gitignore && echo kept > src/deep/file && echo log > tracked.log
      echo café > naïve/café.txt
      ln -s src/train.py link.py
      git add -f -A && git commit -qm new
      git tag light && git tag -a annotated -m annotated
      git branch feature/one HEAD~1
      git rev-parse HEAD > ../new
      variant() { git checkout -q -B "$1" main; }
      variant escape && ln -s ../../etc/passwd src/out && git add -A && git commit -qm x
      variant chain && ln -s ../.. src/deep/up && ln -s src/deep/up/../x out \\
        && git add -A && git commit -qm x
      variant absolute && ln -s /etc/passwd out && git add -A && git commit -qm x
      variant submodule && git update-index --add --cacheinfo 160000,$(cat ../old),lib \\
        && git commit -qm x
      variant lfs && printf 'version https://git-lfs.github.com/spec/v1\\noid sha256:%064d\\nsize 9\\n' 1 \\
        > model.bin && git add -A && git commit -qm x
      variant lfs-ignored && git checkout -q lfs -- . && echo model.bin > .amlignore \\
        && git add -A && git commit -qm x
      variant latin && printf x | git hash-object -w --stdin > ../blob \\
        && printf '100644 blob %s\\tcaf\\351.txt\\0' $(cat ../blob) | git mktree -z > ../tree \\
        && git update-ref HEAD $(git commit-tree -m x $(cat ../tree))
      variant blob-tag && git tag of-a-blob $(cat ../blob)
      git push -q origin --all && git push -q origin --tags
      """;

  private final Path root;

  private GitFixture(Path root) {
    this.root = root;
  }

  public static GitFixture in(Path root) throws IOException, InterruptedException {
    run(root, List.of("sh", "-e", "-c", SCRIPT));
    return new GitFixture(root);
  }

  public Path root() {
    return root;
  }

  /** Id of the first commit of main. */
  public String oldCommit() throws IOException {
    return Files.readString(root.resolve("old")).strip();
  }

  /** Id of the newest commit of main. */
  public String newCommit() throws IOException {
    return Files.readString(root.resolve("new")).strip();
  }

  static void run(Path directory, List<String> command) throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command).directory(directory.toFile());
    builder
        .redirectErrorStream(true)
        .environment()
        .putAll(
            Map.of(
                "GIT_CONFIG_GLOBAL", "/dev/null",
                "GIT_CONFIG_SYSTEM", "/dev/null",
                "GIT_AUTHOR_NAME", "Test",
                "GIT_AUTHOR_EMAIL", "test@example.com",
                "GIT_COMMITTER_NAME", "Test",
                "GIT_COMMITTER_EMAIL", "test@example.com",
                "LC_ALL", "C.UTF-8"));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
  }
}
