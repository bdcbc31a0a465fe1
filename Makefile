# Everything starts here; `make` lists what there is.
SHELL := /bin/bash
.DEFAULT_GOAL := help
ROOT := $(CURDIR)
TESTBED_MARK := testbed/target/classpath.txt

# A JDK 25, wherever it is; the testbed runs on it.
JAVA25 := $(shell for home in "$$JAVA_HOME" /usr/lib/jvm/*25* $$HOME/.sdkman/candidates/java/25* $$HOME/.jdks/*25* /Library/Java/JavaVirtualMachines/*25*/Contents/Home; do \
  [ -x "$$home/bin/java" ] && "$$home/bin/java" -version 2>&1 | grep -q '"25' && echo "$$home/bin/java" && break; done)
# Maven runs on it too, because the formatter needs a newer JDK than Maven does.
MVN = JAVA_HOME=$(patsubst %/bin/java,%,$(JAVA25)) MAVEN_OPTS="$$MAVEN_OPTS --sun-misc-unsafe-memory-access=allow" mvn -B -ntp
# K3s in Docker outlives a command only where Testcontainers may reuse containers.
TESTBED = TESTCONTAINERS_REUSE_ENABLE=true $(JAVA25) --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -cp "$$(cat $(TESTBED_MARK))" dev.trainyard.testbed.Main --checkout="$(ROOT)"

.PHONY: help quickstart test tools bench bench-environments build format generate cluster install machine cluster-down run clean jdk

help: ## Show this list.
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-19s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

quickstart: $(TESTBED_MARK) ## Train the article's example on a real cluster.
	@$(TESTBED) quickstart

test: tools cluster build install ## Run every test: the fast ones, then those on a real cluster.
	@set -o pipefail; KUBECONFIG=$$($(TESTBED) up | tee /dev/stderr | sed -n 's/^KUBECONFIG=//p') \
	  $(MVN) -pl e2e -am verify -DskipUnitTests=true

# Programs that the fast tests start, each with its package.
TOOLS = /usr/bin/docker-registry:docker-registry /usr/sbin/sshd:openssh-server /usr/bin/skopeo:skopeo /usr/bin/git:git

tools: ## Install the servers that the fast tests start (Debian and Ubuntu).
	@missing=$$(for tool in $(TOOLS); do [ -x "$${tool%:*}" ] || echo "$${tool#*:}"; done); [ -z "$$missing" ] && exit 0; \
	  command -v apt-get >/dev/null || { echo "The fast tests start these programs, which are missing and which only apt-get could install here:" $$missing >&2; exit 1; }; \
	  sudo=$$([ "$$(id -u)" = 0 ] || echo sudo); echo "Installing" $$missing; \
	  $$sudo apt-get -qq update && DEBIAN_FRONTEND=noninteractive $$sudo apt-get -qq install -y --no-install-recommends $$missing >/dev/null

bench: install ## Measure the operator on the cluster; SCENARIOS="latency burst startup memory queue machines" chooses.
	@$(MVN) -q -pl benchmarks -am package -DskipUnitTests=true -Dspotless.check.skip=true dependency:build-classpath -Dmdep.outputFile=target/deps.txt -Dmdep.includeScope=runtime
	@KUBECONFIG=$$($(TESTBED) up | sed -n 's/^KUBECONFIG=//p') $(JAVA25) -cp "benchmarks/target/classes:$$(cat benchmarks/target/deps.txt)" dev.trainyard.benchmarks.Main benchmarks/target/figures.json $(SCENARIOS)

bench-environments: install ## Compare environment builds with Dockerfile builds, on the bare cluster; needs root and buildah.
	@[ -x /usr/bin/buildah ] || { echo "The comparison needs buildah: install it, for example with 'apt-get install buildah'." >&2; exit 1; }
	@mkdir -p benchmarks/target; eval $$($(TESTBED) up | sed -n 's/^\(KUBECONFIG\|KUBECTL\)=/export \1=/p'); \
	  export RATTLER=$$(ls -d $${TRAINYARD_CACHE:-$$HOME/.cache/trainyard}/rattler-* builder/conda/target/image/opt/trainyard/lib 2>/dev/null | head -n 1); \
	  [ "$$RATTLER" ] || { echo "The comparison needs rattler's wheel, which the fast tests bring: run 'make build' first." >&2; exit 1; }; \
	  python3 benchmarks/environments/compare.py benchmarks/target/environments.json

build: jdk ## Compile, check and run the fast tests.
	@$(MVN) verify -DskipITs

format: jdk ## Format the sources.
	@$(MVN) -q spotless:apply

generate: jdk ## Write the CRDs and docs/reference anew from the Java types and the chart.
	@$(MVN) -q -pl crds test -Dtest=CrdYamlTest,ReferenceTest -DargLine=-Dtrainyard.generate=true

cluster: $(TESTBED_MARK) ## Start the cluster or find it running; prints KUBECONFIG and KUBECTL.
	@$(TESTBED) up

install: $(TESTBED_MARK) ## Build the images and install or upgrade the chart.
	@$(TESTBED) install

machine: $(TESTBED_MARK) ## Start an Ubuntu machine to attach over SSH; prints how to reach it.
	@$(TESTBED) machine

run: $(TESTBED_MARK) ## Run the operator on this machine, in place of the one in the cluster.
	@$(MVN) -q -pl operator -am package -DskipUnitTests=true -Dspotless.check.skip=true dependency:build-classpath -Dmdep.outputFile=target/deps.txt -Dmdep.includeScope=runtime
	@$(TESTBED) run --classpath="$(ROOT)/operator/target/classes:$$(cat operator/target/deps.txt)"

cluster-down: $(TESTBED_MARK) ## End the cluster and the machines and leave nothing behind.
	@$(TESTBED) down

clean: ## Remove what was built in this tree.
	@$(MVN) -q clean

jdk:
	@[ -n "$(JAVA25)" ] || { echo "Trainyard needs a JDK 25, and none was found in JAVA_HOME or /usr/lib/jvm: install one, for example with 'apt-get install temurin-25-jdk' or 'sdk install java 25-tem'." >&2; exit 1; }

$(TESTBED_MARK): pom.xml testbed/pom.xml oci/pom.xml $(shell find testbed/src/main oci/src/main -type f) | jdk
	@echo "Building the testbed (once)"
	@$(MVN) -q -pl testbed -am package -DskipUnitTests=true -DskipITs -Dspotless.check.skip=true dependency:build-classpath -Dmdep.outputFile=target/deps.txt -Dmdep.includeScope=runtime
	@echo "$(ROOT)/testbed/target/classes:$$(cat testbed/target/deps.txt)" > $@
