package dev.trainyard.operator.provider.dsvm;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DockerArgumentsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @Test
  void limitsAreWrittenInTheWordsOfTheEnginesApi() {
    assertThat(
            applied(
                "{}",
                "--cpus=1.5",
                "-m",
                "512m",
                "--shm-size",
                "1g",
                "--pids-limit=100",
                "--cpuset-cpus=0-1",
                "--ulimit",
                "nofile=1024:2048",
                "--ulimit=memlock=-1",
                "--network=none"))
        .isEqualTo(
            """
            {"HostConfig":{"NanoCpus":1500000000,"Memory":536870912,"MemorySwap":536870912,\
            "ShmSize":1073741824,"PidsLimit":100,"CpusetCpus":"0-1",\
            "Ulimits":[{"Name":"nofile","Soft":1024,"Hard":2048},\
            {"Name":"memlock","Soft":-1,"Hard":-1}],\
            "NetworkMode":"none"}}\
            """);
  }

  @Test
  void whatTheRunItselfSaysInItsResourcesComesFirst() {
    assertThat(
            applied(
                "{\"HostConfig\":{\"Memory\":1,\"MemorySwap\":1,\"NanoCpus\":2}}",
                "--memory=1g",
                "--cpus=4"))
        .isEqualTo("{\"HostConfig\":{\"Memory\":1,\"MemorySwap\":1,\"NanoCpus\":2}}");
  }

  @Test
  void aVariableIsAddedAsItIsWithoutAShell() {
    assertThat(applied("{\"Env\":[\"A=1\"]}", "-e", "B=$(id) 'x'\n=y", "--env=A=2"))
        .isEqualTo("{\"Env\":[\"A=1\",\"B=$(id) 'x'\\n=y\",\"A=2\"]}");
  }

  @Test
  void aCapabilityIsDroppedSinceAllAre() {
    assertThat(applied("{}", "--cap-drop=NET_RAW")).isEqualTo("{}");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--privileged",
        "--read-only",
        "--volume=/:/host",
        "-v",
        "--mount=type=bind,src=/,dst=/host",
        "--device=/dev/sda",
        "--cap-add=SYS_ADMIN",
        "--security-opt=seccomp=unconfined",
        "--pid=host",
        "--ipc=host",
        "--userns=host",
        "--gpus=all",
        "--user=root",
        "--entrypoint=sh",
        "--name=other",
        "--label=trainyard.dev/target-uid=x",
        "alpine",
        "-m512m",
        "--Memory=1g",
        ""
      })
  void whatIsNotOnTheListIsRefusedByNameAndTheListIsTold(String argument) {
    assertThat(DockerArguments.problem(List.of(argument)))
        .get()
        .asString()
        .startsWith("environment.docker.arguments has '" + argument.split("=", 2)[0] + "', which")
        .contains("--cpus, --cpu-shares")
        .contains("--network");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--memory=lots",
        "--memory",
        "--cpus=-1",
        "--ulimit=nofile",
        "--ulimit=stack size=1",
        "--network=host",
        "--env=LD_PRELOAD=/x.so",
        "--env=NAME",
        "--env=BASH_ENV=x",
        "--hostname=a b"
      })
  void aValueThatItCannotHaveIsNamed(String argument) {
    assertThat(DockerArguments.problem(List.of(argument)))
        .get()
        .asString()
        .contains(argument.split("=", 2)[0])
        .contains("which it cannot have on a machine");
  }

  @Test
  void forGpusAndSharedMemoryTheFieldIsNamed() {
    assertThat(DockerArguments.problem(List.of("--gpus=all")).orElse("")).contains("gpuSupport");
    assertThat(DockerArguments.problem(List.of("--ipc=host")).orElse("")).contains("shmSize");
  }

  private static String applied(String before, String... arguments) {
    try {
      ObjectNode spec = (ObjectNode) JSON.readTree(before);
      assertThat(DockerArguments.problem(List.of(arguments))).isEmpty();
      DockerArguments.apply(List.of(arguments), spec);
      return JSON.writeValueAsString(spec);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
