package dev.trainyard.operator.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.trainyard.oci.RegistryException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SharedReadsTest {
  private final SharedReads<String, Integer> reads = new SharedReads<>();
  private final AtomicInteger begun = new AtomicInteger();
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final List<Thread> asking = new ArrayList<>();

  @Test
  void whoAsksWhileAReadIsUnderWaySharesTheNextOne() {
    CompletableFuture<Integer> first = ask();
    await().until(() -> begun.get() == 1);
    List<CompletableFuture<Integer>> others = List.of(ask(), ask(), ask());
    await()
        .until(() -> asking.stream().allMatch(thread -> thread.getState() == Thread.State.WAITING));
    goOn.countDown();
    assertThat(first.join()).isEqualTo(1);
    assertThat(others).extracting(CompletableFuture::join).containsOnly(2);
    assertThat(begun).hasValue(2);
  }

  @Test
  void whoAsksAfterAReadReadsAnew() {
    goOn.countDown();
    assertThat(List.of(read(), read())).containsExactly(1, 2);
  }

  @Test
  void whatAReadThrowsIsThrownAndNotKept() {
    goOn.countDown();
    var trouble = new RegistryException(RegistryException.Kind.UNREACHABLE, "down");
    assertThatThrownBy(() ->
            reads.read(
                "source",
                () -> {
                  throw trouble;
                }))
        .isSameAs(trouble);
    assertThat(read()).isEqualTo(1);
  }

  private CompletableFuture<Integer> ask() {
    var result = new CompletableFuture<Integer>();
    asking.add(Thread.ofVirtual().start(() -> result.complete(read())));
    return result;
  }

  private Integer read() {
    try {
      return reads.read("source", this::found);
    } catch (RegistryException e) {
      throw new AssertionError(e);
    }
  }

  private Integer found() {
    int number = begun.incrementAndGet();
    try {
      goOn.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return number;
  }
}
